import { gpuFields } from '../gpu/gpu-line.ts';

/**
 * Output of nvidia-smi, by version of the driver. No GPU was at hand when these were written: they follow the format that NVIDIA publishes
 * (`nvidia-smi --help-query-gpu`) and outputs that people quote in public reports, and are not recordings.
 */
export const gpuOutputs: Readonly<Record<470 | 535 | 550 | 570, string>> = {
  /** A data-centre card; this version says `[Not Supported]` for what the card cannot tell. */
  470: [
    '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 70.00',
    '',
  ].join('\n'),
  /** A laptop without power limits, and a virtual GPU that tells next to nothing. */
  535: [
    '0, GPU-a0b1c2d3-0000-1111-2222-333344445555, NVIDIA GeForce RTX 3060 Laptop GPU, 0, 0, 5, 6144, 44, [N/A], [N/A]',
    '1, GPU-b0b1c2d3-0000-1111-2222-333344445555, GRID A100D-20C, [Not Supported], [Not Supported], 1811, 20475, [N/A], [Unknown Error], N/A',
    '',
  ].join('\n'),
  /** A card divided into instances (MIG) tells no utilisation. */
  550: [
    '0, GPU-c0b1c2d3-0000-1111-2222-333344445555, NVIDIA A100-SXM4-80GB, [N/A], [N/A], 412, 81920, 33, 62.11, 400.00',
    '1, GPU-d0b1c2d3-0000-1111-2222-333344445555, NVIDIA A100-SXM4-80GB, 100, 55, 80123, 81920, 71, 398.90, 400.00',
    '',
  ].join('\n'),
  /** With headings and units although neither is asked for, and Windows line ends. */
  570: [
    'index, uuid, name, utilization.gpu [%], utilization.memory [%], memory.used [MiB], memory.total [MiB], temperature.gpu, power.draw [W], power.limit [W]',
    '0, GPU-e0b1c2d3-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3, 98 %, 61 %, 70321 MiB, 81559 MiB, 66, 612.50 W, 700.00 W',
    '',
  ].join('\r\n'),
};

/** What must never become figures of a GPU. */
export const brokenLines: readonly string[] = [
  'NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.',
  'Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost.  Reboot the system to recover this GPU',
  'Failed to initialize NVML: Driver/library version mismatch',
  // Cut at the end, at the beginning, and in a figure.
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1024',
  'Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 70.00',
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 7.',
  // Two lines, one inside the other.
  '0, GPU-5f3c2a1b-0000-11110, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 70.00',
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1021, GPU-d0b1c2d3-0000-1111-2222-333344445555, A100, 1, 2, 3, 4, 5, 6, 7',
  // Figures that no card has.
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 3712, 12, 1024, 15109, 61, 45.32, 70.00',
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 15110, 15109, 61, 45.32, 70.00',
  '0, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, -1, 12, 1024, 15109, 61, 45.32, 70.00',
  'x, GPU-5f3c2a1b-0000-1111-2222-333344445555, Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 70.00',
  '0, 5f3c2a1b, Tesla T4, 37, 12, 1024, 15109, 61, 45.32, 70.00',
  gpuFields.map(() => '').join(', '),
  ','.repeat(500),
];

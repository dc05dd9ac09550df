/** The look of the package: one sheet, light and dark, made for reading and for paper. Nothing is fetched. */
export const packageStyle = `
:root{color-scheme:light dark;--paper:#fbfaf6;--card:#fff;--ink:#1c1e21;--soft:#5b6169;--line:#e3e0d8;--accent:#0f6b5c;--accent-soft:#e3f1ee;--mark:#fff0b8;--mark-strong:#ffd84d;--warn:#8a5a00;--warn-soft:#fff3d9;--bad:#9c2b21;--bad-soft:#fde8e4;--good:#1f6b3a;--good-soft:#e4f4e8;--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;--serif:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;--mono:ui-monospace,"SF Mono",Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1b1f23;--ink:#e8e6e1;--soft:#9aa3ab;--line:#2d333a;--accent:#5cc4b0;--accent-soft:#17332f;--mark:#4a3f12;--mark-strong:#7a6614;--warn:#e6b455;--warn-soft:#3a2f16;--bad:#f0897c;--bad-soft:#3d1f1b;--good:#7fcf98;--good-soft:#18301f}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 var(--sans);overflow-wrap:break-word}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.page{max-width:76rem;margin:0 auto;padding:2.5rem 1.25rem 5rem;display:grid;grid-template-columns:minmax(0,1fr);gap:3rem}
@media (min-width:70rem){.page{grid-template-columns:13rem minmax(0,1fr)}}
main{min-width:0}
h1,h2,h3,h4{font-family:var(--serif);line-height:1.2;font-weight:600;text-wrap:balance}
h1{font-size:clamp(2rem,5vw,3.1rem);margin:.2rem 0 .6rem;letter-spacing:-.015em}
h2{font-size:1.75rem;margin:0 0 .4rem;letter-spacing:-.01em}
h3{font-size:1.2rem;margin:1.8rem 0 .4rem}
h4{font-size:1rem;margin:1.1rem 0 .3rem;font-family:var(--sans)}
p{margin:.5rem 0}
section{padding:2.4rem 0;border-top:1px solid var(--line)}
.lead{font:italic 1.2rem/1.5 var(--serif);color:var(--soft);max-width:46rem;margin:0 0 1.2rem}
.note{color:var(--soft);font-size:.9rem;max-width:48rem}
.eyebrow{font-size:.78rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);margin:0}
nav ol{list-style:none;margin:0;padding:0;font-size:.92rem}
nav a{display:block;padding:.22rem .6rem;color:var(--soft);text-decoration:none;border-left:2px solid var(--line)}
nav a:hover{color:var(--accent);border-color:var(--accent)}
@media (min-width:70rem){nav{position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow:auto}}
@media (max-width:69.99rem){nav ol{display:flex;flex-wrap:wrap;gap:.3rem}nav a{border:1px solid var(--line);border-radius:99px}}
.badge{display:inline-block;padding:.12rem .6rem;border-radius:99px;font-size:.8rem;font-weight:600;background:var(--accent-soft);color:var(--accent);white-space:nowrap}
.badge.warn{background:var(--warn-soft);color:var(--warn)}.badge.bad{background:var(--bad-soft);color:var(--bad)}.badge.good{background:var(--good-soft);color:var(--good)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.8rem;margin:1.6rem 0 .5rem;padding:0;list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:.8rem 1rem}
.tiles b{display:block;font:600 1.6rem/1.2 var(--serif)}
.tiles span{font-size:.78rem;hyphens:auto;color:var(--soft)}
.scroll{overflow-x:auto;margin:1rem 0;border:1px solid var(--line);border-radius:.7rem;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{padding:.55rem .8rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child>td{border-bottom:0}
thead th{font-size:.76rem;letter-spacing:.05em;text-transform:uppercase;color:var(--soft);white-space:nowrap}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.subject th{background:var(--accent-soft);color:var(--accent);font:600 1rem var(--serif)}
.values{list-style:none;margin:0;padding:0}
.values b{font-variant-numeric:tabular-nums}
.values small{color:var(--soft)}
del{color:var(--soft)}
.cites{font-size:.7em;line-height:0;vertical-align:super;margin-left:.15em;font-variant-numeric:tabular-nums}
.cite{padding:0 .2em;text-decoration:none;border-radius:.25em}
.cite:hover{background:var(--accent-soft);text-decoration:underline}
.cite:target{background:var(--mark-strong)}
ul.points{padding-left:1.15rem;margin:.4rem 0}
ul.points li{margin:.3rem 0;max-width:52rem}
.who{display:inline-block;font-size:.75rem;color:var(--soft);border:1px solid var(--line);border-radius:.3rem;padding:0 .35rem;margin-right:.35rem}
blockquote{margin:.6rem 0;padding:.1rem 0 .1rem 1rem;border-left:3px solid var(--accent);font:1.05rem/1.5 var(--serif);max-width:50rem}
blockquote footer{font:.85rem var(--sans);color:var(--soft);margin-top:.15rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,23rem),1fr));gap:1rem;margin:1rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1rem 1.2rem;min-width:0;break-inside:avoid}
.card>h3:first-child,.card>h4:first-child{margin-top:0}
.bar{height:.5rem;border-radius:99px;background:var(--line);overflow:hidden;min-width:6rem}
.bar i{display:block;height:100%;background:var(--accent);border-radius:99px}
details{margin:.8rem 0}
summary{cursor:pointer;color:var(--accent);font-weight:600}
.copy{white-space:pre-wrap;background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:1rem;font:.97rem/1.55 var(--sans);margin:.6rem 0}
.copy h5{font:600 1.05rem var(--serif);margin:0}
.gap{background:var(--warn-soft);color:var(--warn);border-radius:.3rem;padding:0 .3em}
.findings{list-style:none;padding:0;margin:.5rem 0;font-size:.88rem}
.findings li{padding:.25rem 0 .25rem 1.4rem;position:relative}
.findings li::before{position:absolute;left:0;content:"•";color:var(--soft)}
.findings .rejection::before{content:"✕";color:var(--bad)}.findings .warning::before{content:"!";color:var(--warn);font-weight:700;left:.25rem}
.source{white-space:pre-wrap;font:.86rem/1.6 var(--mono);background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:1rem 1.2rem;overflow-wrap:anywhere}
mark{background:var(--mark);color:inherit;border-radius:.15em}
.at{font:.68rem var(--sans);vertical-align:super;text-decoration:none;padding:0 .15em}
.at:target{background:var(--mark-strong);outline:2px solid var(--mark-strong)}
.at:target+mark,.at:target+.at+mark,.at:target+.at+.at+mark{background:var(--mark-strong)}
.skip{color:var(--soft)}
.timeline{list-style:none;margin:1rem 0;padding:0}
.timeline>li{position:relative;padding:0 0 1.4rem 1.6rem;border-left:2px solid var(--line)}
.timeline>li::before{content:"";position:absolute;left:-.45rem;top:.35rem;width:.8rem;height:.8rem;border-radius:50%;background:var(--accent)}
.timeline h3{margin-top:0}
footer.end{color:var(--soft);font-size:.85rem;border-top:1px solid var(--line);padding-top:1rem}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--accent:#0f6b5c;--accent-soft:#f0f6f4;--mark:#fff0b8}body{font-size:10.5pt}.page{display:block;padding:0;max-width:none}nav{display:none}section{padding:1.2rem 0;break-inside:auto}h2,h3{break-after:avoid}tr,blockquote{break-inside:avoid}.scroll{overflow:visible}details>summary{list-style:none}details:not([open])>*{display:revert}details::details-content{content-visibility:visible;display:block}a{color:inherit}}
`;

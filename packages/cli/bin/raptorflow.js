#!/usr/bin/env node
// npm links a command only to a file that is there before anything is built.
import '../dist/program/main.js';

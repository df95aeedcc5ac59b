// Jest loads modules again for each test file. V8 would optimize their functions, which then run for
// a few seconds only: this took a fifth of the CPU time of many files. The default is 66 KiB.
require("node:v8").setFlagsFromString("--interrupt-budget=500000");

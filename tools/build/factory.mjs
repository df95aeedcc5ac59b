#!/usr/bin/env node
// Day-two commands, from the sources as they are.
import "./build.mjs";

await import("../../dist/factory.js");

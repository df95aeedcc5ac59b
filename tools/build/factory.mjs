#!/usr/bin/env node
// Runs the factory command from the sources.
import "./build.mjs";

await import("../../dist/factory.js");

import type { Server } from "node:http";
import { FunctionProcesses } from "../functions/function";
import { startServer, stopServer } from "../protocol/server";

/**
 * Server and processes of functions, shared by factories that exist one after the other. These
 * processes take a while to start. The caller must stop it.
 */
export class Host {
  readonly functions = new FunctionProcesses();

  private constructor(readonly server: Server) {}

  static async start(): Promise<Host> {
    return new Host(await startServer());
  }

  stop(): void {
    this.functions.stop();
    stopServer(this.server);
  }
}

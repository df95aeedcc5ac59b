import type { Server } from "node:http";
import { FunctionProcesses } from "../functions/function";
import { startServer, stopServer } from "../protocol/server";

/**
 * What factories have in common that exist one after the other: a server, and the processes of
 * functions, which take a while to start. The caller must stop it.
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

/**
 * Throwaway Debian systems without a network, on which documents run: a machine that systemd boots,
 * or a container without an init system.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { execute, type Host, mustExecute, type Result } from "./execute";

export type SystemKind = "machine" | "container";

/** How long a system may take to start or to stop, in milliseconds. */
const START_TIMEOUT_MS = 5 * 60_000;

/** Exists in each system. Without it, a command would run before the system has its own files. */
const MARKER = "/etc/throwaway-system";

const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

/**
 * A mount namespace that contains the base system and the copies of it, in memory. It vanishes with
 * its last process, so nothing is left behind even if the test is killed.
 */
export class Workspace {
  private constructor(private readonly holder: ChildProcess) {}

  static async create(): Promise<Workspace> {
    // The holder ends with this process.
    const holder = spawn(
      "setpriv",
      ["--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", "echo ready; exec sleep infinity"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise((resolve, reject) => {
      holder.once("error", reject);
      holder.once("exit", () => reject(new Error("no mount namespace: run the test as root")));
      holder.stdout.once("data", resolve);
    });
    const workspace = new Workspace(holder);
    await workspace.run("mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "tmpfs", "/mnt");
    return workspace;
  }

  /** Returns a command that runs in this namespace. */
  command(...command: readonly string[]): string[] {
    return ["nsenter", "--mount", "--target", String(this.holder.pid), "--", ...command];
  }

  run(...command: readonly string[]): Promise<string> {
    return mustExecute(this.command(...command));
  }

  close(): void {
    this.holder.kill("SIGKILL");
  }
}

/** Adapts the base system to a container image of Debian. */
const MAKE_CONTAINER = `
rm -f usr/bin/systemctl usr/bin/systemd-run usr/bin/journalctl
printf '#!/bin/sh\\nexit 101\\n' > usr/sbin/policy-rc.d
chmod +x usr/sbin/policy-rc.d
`;

/** A copy of the base system. */
export class ThrowawaySystem implements Host {
  private process: ChildProcess | undefined;
  private ended = Promise.resolve();
  private log = "";

  private constructor(
    private readonly workspace: Workspace,
    private readonly kind: SystemKind,
    /** Contains the differences from the base system. */
    private readonly folder: string,
  ) {}

  /** Copies the base system in `base`, and starts the copy. */
  static async start(
    workspace: Workspace,
    base: string,
    kind: SystemKind,
  ): Promise<ThrowawaySystem> {
    const folder = (await workspace.run("mktemp", "--directory", "/mnt/copy-XXXXXX")).trim();
    const system = new ThrowawaySystem(workspace, kind, folder);
    const overlay = `lowerdir=${base},upperdir=${folder}/upper,workdir=${folder}/work`;
    await workspace.run("mkdir", `${folder}/upper`, `${folder}/work`, system.root);
    await workspace.run("mount", "-t", "overlay", "-o", overlay, "overlay", system.root);
    if (kind === "container")
      await workspace.run("sh", "-ec", `cd "$1"\n${MAKE_CONTAINER}`, "sh", system.root);
    await system.boot();
    return system;
  }

  private get root(): string {
    return `${this.folder}/root`;
  }

  private async boot(): Promise<void> {
    const payload =
      this.kind === "machine" ? ["--boot"] : ["--as-pid2", "--", "/bin/sleep", "infinity"];
    const [program = "", ...args] = this.workspace.command(
      "setpriv",
      "--pdeathsig",
      "KILL",
      "systemd-nspawn",
      "--quiet",
      "--register=no",
      "--keep-unit",
      "--private-network",
      "--resolv-conf=off",
      "--console=pipe",
      "--directory",
      this.root,
      ...payload,
    );
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.log = "";
    const record = (chunk: Buffer): void => {
      this.log += chunk.toString("utf8");
    };
    child.stdout.on("data", record);
    child.stderr.on("data", record);
    this.ended = new Promise((resolve) => child.once("exit", () => resolve()));
    this.process = child;
    const isUp =
      this.kind === "machine"
        ? // A unit that fails is the document's to find.
          `test -e ${MARKER} && systemctl is-system-running --wait | grep -E "running|degraded"`
        : `test -e ${MARKER}`;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while ((await this.inside("sh", "-c", isUp)).status !== 0) {
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(`the system doesn't start:\n${this.log}`);
      await delay(50);
    }
  }

  /** The first process of the system. systemd-nspawn is its parent. */
  private get leader(): string | undefined {
    const { pid } = this.process ?? {};
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").at(-1);
    } catch {
      return undefined;
    }
  }

  /** Runs a command in the system, with `input`. */
  private async inside(...command: readonly string[]): Promise<Result> {
    return this.insideWith("", command);
  }

  private async insideWith(input: string, command: readonly string[]): Promise<Result> {
    const { leader } = this;
    if (!leader) return { status: -1, output: "the system doesn't run" };
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid"];
    const enter = ["nsenter", ...namespaces, "--target", leader, "--root", "--wdns=/", "--"];
    return execute([...enter, "env", "--ignore-environment", ...ENVIRONMENT, ...command], {
      input,
    });
  }

  /** Runs a bash script as root, as AWSTOE does. On a machine, it runs as a unit of systemd. */
  runScript(script: string): Promise<Result> {
    const run =
      this.kind === "machine"
        ? "systemd-run --quiet --pipe --wait --collect --setenv=HOME=/root bash"
        : "env HOME=/root bash";
    const command = `cat > /run/input.sh && exec ${run} /run/input.sh < /dev/null`;
    return this.insideWith(script, ["sh", "-c", command]);
  }

  /** Stops all processes, and starts the system with the files that it has. */
  async restart(): Promise<void> {
    if (this.kind === "machine") {
      await this.inside("systemctl", "poweroff");
      await Promise.race([this.ended, delay(START_TIMEOUT_MS, undefined, { ref: false })]);
    }
    await this.stop();
    await this.boot();
  }

  private async stop(): Promise<void> {
    const { leader } = this;
    if (leader) process.kill(Number(leader), "SIGKILL");
    this.process?.kill("SIGKILL");
    await this.ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.workspace.run("umount", "--lazy", this.root);
    await this.workspace.run("rm", "-rf", "--one-file-system", this.folder);
  }
}

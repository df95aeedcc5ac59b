/** The Debian system that all throwaway systems are copies of. */
import { spawnSync } from "node:child_process";
import type { Workspace } from "./throwaway-system";

const SUITE = "bookworm";
const MIRROR = process.env["DEBIAN_MIRROR"] ?? "http://deb.debian.org/debian";

/** How often the system is installed: a mirror can fail for a moment. */
const MAX_INSTALLATIONS = 3;

/** The same for other downloads from the mirror. */
const RETRIES = ["-o", "Acquire::Retries=5"];

/** Installed in every system: what machine images of all distributions have. */
const INSTALLED = [
  "ca-certificates",
  "curl",
  "dbus",
  "iproute2",
  "openssh-server",
  "systemd",
  "systemd-sysv",
];

/** In the package cache of every system, so that documents can install them without a network. */
const CACHED = ["nginx", "tomcat10"];

const TOOLS: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  nsenter: "util-linux",
  setpriv: "util-linux",
};

/** Throws an error that names what is missing. */
export function requireTools(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error("running documents needs root on Linux: sudo npm run test:documents");
  const missing = Object.entries(TOOLS).filter(([tool]) => spawnSync("which", [tool]).status !== 0);
  const packages = [...new Set(missing.map(([, name]) => name))].join(" ");
  if (missing.length > 0)
    throw new Error(
      `running documents needs ${missing.map(([tool]) => tool).join(" and ")}: apt-get install ${packages}`,
    );
}

/**
 * Prepares each system. An address and a server stand in for instance metadata that requires a
 * token. The other files are what a build leaves behind.
 */
const PREPARE = `
cd "$1"
touch etc/throwaway-system
rm -f etc/resolv.conf
echo 'Acquire::Retries "0";' > etc/apt/apt.conf.d/90without-network
mkdir -p etc/systemd/system/sockets.target.wants
cat > etc/systemd/system/metadata.socket <<'UNIT'
[Socket]
ListenStream=169.254.169.254:80
FreeBind=yes
Accept=yes
ExecStartPre=/bin/ip address add 169.254.169.254/32 dev lo
UNIT
cat > etc/systemd/system/metadata@.service <<'UNIT'
[Service]
StandardInput=socket
ExecStart=/bin/bash -c 'while read -r line && [ "$line" != $\\'\\\\r\\' ]; do :; done; printf "HTTP/1.1 401 Unauthorized\\\\r\\\\nContent-Length: 0\\\\r\\\\nConnection: close\\\\r\\\\n\\\\r\\\\n"'
UNIT
ln -s ../metadata.socket etc/systemd/system/sockets.target.wants/
mkdir -p home/admin/.ssh root/.ssh opt/shared
touch home/admin/.ssh/authorized_keys root/.ssh/authorized_keys opt/everyone
echo secret > root/.bash_history
echo old > var/log/old.log
chmod 0777 opt/shared
chmod 0666 opt/everyone
`;

async function install(workspace: Workspace, base: string): Promise<void> {
  const options = ["--variant=minbase", `--include=${INSTALLED.join(",")}`];
  for (let installations = 1; ; installations += 1)
    try {
      await workspace.run("debootstrap", ...options, SUITE, base, MIRROR);
      return;
    } catch (error) {
      if (installations === MAX_INSTALLATIONS) throw error;
      await workspace.run("rm", "-rf", "--one-file-system", base);
    }
}

/** Creates the base system in a workspace, in half a minute. Returns its folder. */
export async function createBaseSystem(workspace: Workspace): Promise<string> {
  const base = "/mnt/base";
  await install(workspace, base);
  await workspace.run("chroot", base, "apt-get", ...RETRIES, "update");
  await workspace.run(
    "chroot",
    base,
    "apt-get",
    ...RETRIES,
    "--yes",
    "install",
    "--download-only",
    "--no-install-recommends",
    ...CACHED,
  );
  await workspace.run("sh", "-ec", PREPARE, "sh", base);
  return base;
}

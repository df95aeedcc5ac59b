/** How npm is started. On Windows it is a script, which only a shell runs. */
export const npm = {
  command: "npm",
  options: { shell: process.platform === "win32" },
} as const;

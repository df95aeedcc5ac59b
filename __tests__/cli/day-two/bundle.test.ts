import { SharedAccount } from "./shared-account";

// The other tests of this folder run the commands from the sources.
test("the bundled commands print what the commands print from the sources", async () => {
  const account = await SharedAccount.start();
  try {
    await account.build();
    const approve = "approve base 1.0.0/1 --channel stable --reason CHG-1 --yes".split(" ");
    expect(await account.runBundle(approve)).toEqual({
      status: 0,
      stdout: `base 1.0.0/1 is approved for stable: CHG-1
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
`,
      stderr: "",
    });
    for (const line of [
      "status",
      "builds base",
      "explain base",
      "revoke base 1.0.0/1 --reason x",
    ]) {
      const args = line.split(" ");
      expect(await account.runBundle(args)).toEqual(await account.run(args));
    }
  } finally {
    account.stop();
  }
});

import { runBundle } from "../run-factory";
import { runInProcess } from "../run-in-process";
import { SharedAccount } from "./shared-account";

// Most tests of commands run them from the sources.
test("bundled commands print what the commands print from the sources", async () => {
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

test.each([
  "completion bash",
  "check --config examples/complete/factory.yaml --json",
  "stacks matrix",
])("the bundled command prints what %s prints from the sources, and ends", async (line) => {
  const args = line.split(" ");
  const env = { PATH: process.env["PATH"], CDKTF_OUTDIR: "nowhere" };
  expect(await runBundle(args, env)).toEqual(await runInProcess(args, env));
});

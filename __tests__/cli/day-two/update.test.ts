import { DisassociateResourceShareCommand } from "@aws-sdk/client-ram";
import { SharedAccount } from "./shared-account";

test("factory update reconciles the shares of an image and prints them", async () => {
  const account = await SharedAccount.start();
  try {
    await account.build();
    expect(await account.command("update base")).toEqual({
      status: 0,
      stdout: "canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)\nstable: no build is shared\n",
      stderr: "",
    });
  } finally {
    account.stop();
  }
});

test("factory update follows the deployed channels, not those of the factory file", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.base.share.channels.partners = { principals: { accounts: ["333333333333"] } };
  });
  try {
    await account.build();
    expect(await account.command("update base")).toEqual({
      status: 0,
      stdout: "canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)\nstable: no build is shared\n",
      stderr: "",
    });
  } finally {
    account.stop();
  }
});

test("factory update reports a share that isn't as deployed, and doesn't say that the updater retries", async () => {
  const account = await SharedAccount.start();
  try {
    await account.build();
    const [canary = ""] = await account.factory.as("shared").shares();
    const removal = new DisassociateResourceShareCommand({
      resourceShareArn: canary,
      principals: ["arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111"],
    });
    await account.factory.as("shared").ram.send(removal);
    expect(await account.command("update base")).toEqual({
      status: 1,
      stdout: `canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: no build is shared
canary: arn:aws:organizations::999999999999:ou/o-abcdefghij/ou-abcd-11111111 isn't in its resource share: deploy its stack again
`,
      stderr: "",
    });
  } finally {
    account.stop();
  }
});

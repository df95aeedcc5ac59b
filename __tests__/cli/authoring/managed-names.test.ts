import { check } from "../../../cli/authoring/check";
import {
  inFolder,
  issueLockFile,
  minimalFactory,
  type Raw,
} from "../../../tools/fixtures/factory-file";
import { awsError } from "../aws-error";
import { FakeAws, REGION } from "../proof/fake-aws";

const aws = new FakeAws();
const environment = { ...process.env };

afterAll(() => {
  process.env = environment;
  aws.remove();
});

async function checkFromAws(change: (file: Raw) => void = () => undefined, strict = false) {
  const file = minimalFactory();
  change(file);
  aws.reset(file);
  issueLockFile(aws.path);
  const { text = "", ...result } = await check({ file: aws.path, strict, fromAws: true });
  return { ...result, text: inFolder(aws.path, text) };
}

describe("factory check --from-aws", () => {
  test("finds nothing if AWS has all names, and reads its lists once", async () => {
    const { text, exitCode } = await checkFromAws();
    expect([text, exitCode]).toEqual([
      "factory.yaml is valid, and factory.lock.json is up to date",
      0,
    ]);
    expect(aws.calls.sort()).toEqual([
      `111111111111 ${REGION} imagebuilder:ListComponents`,
      `111111111111 ${REGION} imagebuilder:ListImages`,
      `111111111111 ${REGION} imagebuilder:ListImages`,
    ]);
  });

  test("makes names that AWS doesn't have errors, with their positions, once for all Regions", async () => {
    const { text, exitCode } = await checkFromAws((file) => {
      file.sharedAccount.regions["us-east-1"] = {};
      file.appAccounts.payments.images["payments-web"].components[0].awsManaged = "tomcat";
      file.images.base.parent.awsManaged = "amazon-linux-2023-x8";
    });
    expect(exitCode).toBe(1);
    expect(text).toBe(`factory.yaml has 2 problems:
  factory.yaml:17:19 images.base.parent.awsManaged: isn't an AWS-managed image in eu-west-1, did you mean 'amazon-linux-2023-x86'?, got: "amazon-linux-2023-x8" [managed-names]
  factory.yaml:48:25 appAccounts.payments.images.payments-web.components[0].awsManaged: isn't an AWS-managed component in eu-west-1: list them with \`aws imagebuilder list-components --owner Amazon --region eu-west-1\`, got: "tomcat" [managed-names]`);
  });

  test("reports the error in one Region rather than the warning in another, and exits with 1", async () => {
    const promise = checkFromAws((file) => {
      file.sharedAccount.regions["us-east-1"] = {};
    });
    const components = ["reboot-linux", "apache-tomcat-9-linux", "update-linux"];
    aws.on({
      "imagebuilder:ListComponents": (_, { region }) => ({
        componentVersionList: components.map((name) => ({
          arn: `arn:aws:imagebuilder:${region}:aws:component/${name}/1.0.0`,
          platform: name === "update-linux" && region === "us-east-1" ? "Windows" : "Linux",
          supportedOsVersions: name === "update-linux" ? ["Amazon Linux 2"] : [],
        })),
      }),
    });
    const { text, exitCode } = await promise;
    expect(exitCode).toBe(1);
    expect(text).toBe(`factory.yaml has 1 problem:
  factory.yaml:20:21 images.base.components[0].awsManaged: is for Windows, and the parent is for Linux, got: "update-linux" [managed-names]`);
  });

  test("accepts a name that is newer than the factory's dated list", async () => {
    const change = (file: Raw): void => {
      file.images.web.components[0].awsManaged = "brand-new-linux";
    };
    const answer = { platform: "Linux", supportedOsVersions: [] };
    const promise = checkFromAws(change, true);
    aws.on({
      "imagebuilder:ListComponents": () => ({
        componentVersionList: [
          "update-linux",
          "reboot-linux",
          "apache-tomcat-9-linux",
          "brand-new-linux",
        ].map((name) => ({ ...answer, arn: `arn:aws:imagebuilder:x:aws:component/${name}/1.0.0` })),
      }),
    });
    expect((await promise).text).toBe("factory.yaml is valid, and factory.lock.json is up to date");
  });

  test("warns of a component that supports a shorter version than the parent's", async () => {
    const { text, exitCode } = await checkFromAws((file) => {
      file.images.base.components[1].supportedOsVersions = ["Amazon Linux 2"];
    });
    expect(exitCode).toBe(0);
    expect(text).toBe(`factory.yaml has 1 warning:
  factory.yaml:24:11 images.base.components[1].supportedOsVersions: supports Amazon Linux 2, and the parent is Amazon Linux 2023 [managed-names]
factory.yaml is valid, with warnings, and factory.lock.json is up to date`);
  });

  test("fails if the lists can't be read", async () => {
    const promise = checkFromAws();
    aws.on({
      "imagebuilder:ListImages": () => {
        throw awsError("AccessDeniedException", "not authorized");
      },
    });
    await expect(promise).rejects.toThrow("not authorized");
  });

  test("asks nothing about a file with errors", async () => {
    const { exitCode } = await checkFromAws((file) => {
      file.organization.id = "acme";
    });
    expect([exitCode, aws.calls]).toEqual([1, []]);
  });
});

import { DescribeInstanceImageMetadataCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { Context } from "../../../cli/deployed/context";
import type { Instance } from "../../../cli/deployed/fleet-join";
import { MockedAccount } from "../trust/mocked-account";

/** A mocked shared account, and the app account `payments` with `fleet: true` and its instances. */
export class MockedFleet extends MockedAccount {
  readonly sts = mockClient(STSClient);

  constructor() {
    super();
    this.sts.on(GetCallerIdentityCommand).resolves({ Account: "111111111111" });
    this.sts.on(AssumeRoleCommand).resolves({
      Credentials: {
        AccessKeyId: "payments",
        SecretAccessKey: "x",
        SessionToken: "x",
        Expiration: new Date("2036-01-01"),
      },
    });
  }

  override stop(): void {
    this.sts.restore();
    super.stop();
  }

  /** Sets the instances of the app account in eu-west-1. */
  launch(...instances: readonly (Pick<Instance, "id" | "ami" | "amiOwner"> & Partial<Instance>)[]) {
    this.ec2.on(DescribeInstanceImageMetadataCommand).callsFake(async (_, getClient) => ({
      InstanceImageMetadata: (await isInPayments(getClient()))
        ? instances.map(({ id, ami, amiOwner, watermarks = [] }) => ({
            InstanceId: id,
            ImageMetadata: {
              ImageId: ami,
              OwnerId: amiOwner,
              ImageWatermarks: watermarks.map(({ key, sourceId, sourceRegion }) => ({
                WatermarkKey: key,
                SourceImageId: sourceId,
                SourceImageRegion: sourceRegion,
              })),
            },
          }))
        : [],
    }));
  }

  /** @param deployRole - role that may read the builds of the app account */
  fleetContexts(deployRole?: string, ...regions: string[]): Context[] {
    return this.contexts(...regions).map(({ factory, region }) => {
      const apps = factory.apps.map((app) => ({ ...app, fleet: true, deployRole }));
      const images = factory.shared.images.map((image) => ({
        ...image,
        ...(regions.length > 0 && { regions }),
      }));
      return new Context({ ...factory, apps, shared: { ...factory.shared, images } }, region);
    });
  }
}

/** Returns whether a client uses the role in the app account. */
async function isInPayments(client: EC2Client): Promise<boolean> {
  const credentials = await client.config.credentials().catch(() => undefined);
  const region = await client.config.region();
  return credentials?.accessKeyId === "payments" && region === "eu-west-1";
}

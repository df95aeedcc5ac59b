import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { Construct } from "constructs";
import { sharePrincipals } from "../config/audience";
import { anyAmiArn, anyShareArn, imageBuildsArn, imagePermissionArn } from "../config/aws/arns";
import type { BuildableBase, Channel, VersionedFactory } from "../config/model";
import { dashboardName, shareName, UPDATER_NAME, updaterRoleName } from "../config/names";
import { ResourceShare } from "../modules/sharing/resource-share";
import { ShareUpdater } from "../modules/sharing/share-updater";
import { BuildStack } from "./build-stack";
import { buildablesIn, hasGoldenParent } from "./props/region";

export interface SharedStackProps {
  readonly factory: VersionedFactory;
  readonly region: string;
  /** Absolute path of the folder with the bundled share updater. */
  readonly updaterDirectory: string;
}

/** IAM takes 10,240 characters of a role's own policies; the updater's has each image twice, and other statements. */
const MOST_CHARACTERS = 4_000;

/** The ARNs of the images that are shared, or where IAM wouldn't take them all, `any` image of the account. */
function inOnePolicy(arns: readonly string[], any: string): readonly string[] {
  return JSON.stringify(arns).length > MOST_CHARACTERS ? [any] : arns;
}

/**
 * The shared account in a Region: every image whose parent isn't golden, the shares of all images, and the function that keeps
 * them.
 */
export class SharedStack extends BuildStack {
  constructor(
    scope: Construct,
    id: string,
    { factory, region, updaterDirectory }: SharedStackProps,
  ) {
    const { shared, updater } = factory;
    const place = { accountId: shared.id, region };
    const images = buildablesIn(shared, region);
    super(scope, id, {
      factory,
      account: shared,
      region,
      makes: (image) => !hasGoldenParent(image),
    });

    const shares = images.flatMap((image) => {
      const scope = new Construct(this, `shares-of-${image.name}`);
      return image.channels.map((channel) => [
        `${image.name}/${channel.name}`,
        this.share(scope, factory, image, channel).arn,
      ]);
    });
    const sharedImages = images.filter(({ channels }) => channels.length > 0);
    // Builds keep the copies that they were made with, wherever coming ones go.
    const amiRegion = sharedImages.some(
      (image) => image.kind === "image" && image.copyToRegions.length > 0,
    )
      ? "*"
      : region;
    // Zips the updater.
    new ArchiveProvider(this, "archive");
    this.addOverride("terraform.required_providers.archive", {
      source: "hashicorp/archive",
      version: ">= 2.7.1, < 3.0.0",
    });
    const { functionName } = new ShareUpdater(this, "share-updater", {
      name: UPDATER_NAME,
      roleName: updaterRoleName(region),
      dashboardName: dashboardName(region),
      region,
      codeDirectory: updaterDirectory,
      environment: { accountId: shared.id },
      shareArns: anyShareArn(place),
      imageArns: inOnePolicy(
        sharedImages.map(({ name }) => imageBuildsArn(place, name)),
        imageBuildsArn(place, "*"),
      ),
      amiArns: anyAmiArn(place, amiRegion),
      channels: images.flatMap(({ name: image, channels }) =>
        channels.map(({ name: channel, maxAgeDays }) => ({ image, channel, maxAgeDays })),
      ),
      topicArn: this.environment.topicArn,
      dataKeyArn: this.environment.dataKeyArn,
      ...updater,
    });

    this.output(
      "share_arns",
      "RAM resource shares, by image and channel",
      Object.fromEntries(shares),
    );
    this.output(
      "updater_function",
      "Name of the function that keeps the shares right",
      functionName,
    );
  }

  private share(
    scope: Construct,
    { organization }: VersionedFactory,
    { name: image }: BuildableBase,
    channel: Channel,
  ): ResourceShare {
    const { region } = this.place;
    return new ResourceShare(scope, channel.name, {
      name: shareName(image, channel.name),
      permissionArn: imagePermissionArn(region),
      principals: sharePrincipals(channel.audience, organization, region),
      policy: {
        image,
        channel: channel.name,
        keep: channel.keep,
        bakeHours: channel.bakeHours,
        approvalRequired: channel.approval === "required",
      },
    });
  }
}

/** What the configuration says, as the modules of a place take it. */

import { type Audience, audienceConditions } from "../config/audience";
import type { Account, Component, Image, Parent, VersionedFactory } from "../config/factory";
import { currentVersion, issuedVersions, type Ledger } from "../config/ledger";
import {
  aliasArn,
  autoScalingRoleArn,
  awsManagedComponentArn,
  awsManagedImageArn,
  buildLogBucket,
  buildRoleName,
  componentArn,
  componentBucket,
  DATA_KEY_ALIAS,
  IMAGE_KEY_ALIAS,
  imageArn,
  imageBuilderRoleArn,
  imageLogGroup,
  imageTags,
  lifecycleRoleName,
  type Place,
  partitionOf,
  permissionSetRoleArn,
  roleArn,
  rootArn,
  TOPIC_NAME,
} from "../config/names";
import type { BuildEnvironmentProps, BuildPlace } from "../modules/build-environment";
import type { DistributionPlace } from "../modules/distribution";
import type { ImageProps } from "../modules/image";
import type { ImageKeyProps } from "../modules/image-key";
import type { RecipeProps } from "../modules/recipe";

/** The images of an account that are baked in a Region. */
export const imagesIn = ({ images }: Account, region: string): Image[] =>
  images.filter(({ regions }) => regions.includes(region));

/** Those whose recipe can only be made when a build of their golden parent is there. */
export const hasGoldenParent = ({ parent }: Image): boolean => parent.kind === "golden";

export const buildEnvironmentProps = (place: Place, account: Account, protect: boolean): BuildEnvironmentProps => ({
  dataKey: {
    alias: DATA_KEY_ALIAS,
    ...place,
    partition: partitionOf(place.region),
    rootArn: rootArn(place),
    imageBuilderRoleArn: imageBuilderRoleArn(place),
  },
  topicName: TOPIC_NAME,
  emails: account.emails,
  componentBucket: componentBucket(place),
  logBucket: buildLogBucket(place),
  buildRoleName: buildRoleName(place.region),
  lifecycleRoleName: lifecycleRoleName(place.region),
  imageLogGroups: Object.fromEntries(imagesIn(account, place.region).map(({ name }) => [name, imageLogGroup(name)])),
  protect,
});

const parentImage = (parent: Parent, place: Place, sharedAccountId: string): string => {
  switch (parent.kind) {
    case "golden":
      return imageArn({ ...place, accountId: sharedAccountId }, parent.name, parent.version);
    case "awsManaged":
      return awsManagedImageArn(place.region, parent.name, parent.version);
    case "marketplace":
      return parent.product;
    case "ssm":
      return `ssm:${parent.path}`;
    case "ami":
      return parent.amis[place.region] ?? "";
  }
};

const componentOf = (component: Component, place: Place, ledger: Ledger): string => {
  switch (component.kind) {
    case "awsManaged":
      return awsManagedComponentArn(place.region, component.name, component.version);
    case "document": {
      const { name } = component.document;
      return componentArn(place, name, currentVersion(ledger.components, name));
    }
    case "arn":
      return component.arn;
  }
};

/** Where the AMIs of a build in `place` come to be. */
const placesOf = ({ copyToRegions, parameter, launchTemplates }: Image, place: Place): DistributionPlace[] =>
  [place.region, ...copyToRegions].map((region) => ({
    region,
    ...(region !== place.region && { keyArn: aliasArn({ ...place, region }, IMAGE_KEY_ALIAS) }),
    parameter,
    launchTemplate: launchTemplates[region],
  }));

/** Who an account's images in a Region are for: an app's for itself. */
const audienceIn = ({ shared }: VersionedFactory, account: Account, region: string): Audience[] =>
  account === shared
    ? account.images
        .filter(({ regions, copyToRegions }) => [...regions, ...copyToRegions].includes(region))
        .flatMap(({ channels }) => channels.map(({ audience }) => audience))
    : [{ kind: "accounts", accounts: [account.id] }];

/** Patterns of the ARNs of roles that administer an account's image keys: of an app's nobody, beside its IAM policies. */
const administratorsOf = ({ shared, keyAdministrators }: VersionedFactory, account: Account, place: Place): string[] =>
  account === shared
    ? [
        ...keyAdministrators.permissionSets.map((name) => permissionSetRoleArn(place, name)),
        ...keyAdministrators.roles.map((name) => roleArn(place, name)),
      ]
    : [];

/** The key of the images that an account has in a place. */
export const imageKeyProps = (place: Place, factory: VersionedFactory, account: Account): ImageKeyProps => {
  const { organization, protect } = factory;
  const audience = audienceIn(factory, account, place.region);
  const isOfAudience = audience.some((one) => one.kind === "accounts" && one.accounts.includes(account.id));
  return {
    alias: IMAGE_KEY_ALIAS,
    region: place.region,
    rootArn: rootArn(place),
    imageBuilderRoleArn: isOfAudience ? undefined : imageBuilderRoleArn(place),
    administrators: administratorsOf(factory, account, place),
    audience: audienceConditions(audience, organization),
    autoScalingRoleArn: autoScalingRoleArn({ ...place, accountId: "$${aws:PrincipalAccount}" }),
    protect,
  };
};

export interface ImageContext {
  readonly account: Account;
  readonly sharedAccountId: string;
  readonly ledger: Ledger;
  readonly environment: BuildPlace;
  /** Resources of the same stack that the recipe names by their ARNs. @default - they are in another stack */
  readonly recipeDependsOn?: RecipeProps["dependsOn"];
}

/** An image as it is built in a place. */
export const imageProps = (image: Image, place: Place, context: ImageContext): ImageProps => {
  const { account, sharedAccountId, ledger, environment, recipeDependsOn } = context;
  const network = account.regions.find(({ name }) => name === place.region);
  const tags = { ...image.amiTags, ...imageTags(image.name) };
  return {
    name: image.name,
    description: image.description,
    recipe: {
      version: currentVersion(ledger.recipes, image.recipe),
      parentImage: parentImage(image.parent, place, sharedAccountId),
      components: image.components.map((component) => ({
        arn: componentOf(component, place, ledger),
        parameters: component.parameters,
      })),
      volumes: [
        image.rootVolume,
        ...image.volumes.map(({ snapshots, ...volume }) => ({ ...volume, snapshotId: snapshots?.[place.region] })),
      ],
      keyArn: aliasArn(place, IMAGE_KEY_ALIAS),
      userData: image.userData,
      removeSsmAgent: image.removeSsmAgent,
      workingDirectory: image.workingDirectory,
      dependsOn: recipeDependsOn,
    },
    infrastructure: {
      instanceTypes: image.instanceTypes,
      instanceProfileName: environment.instanceProfileName,
      subnetId: network?.subnetId,
      keyPair: image.keyPair,
      // A Mac is a host by itself.
      ...(image.platform === "macOS" && { dedicatedHost: image.dedicatedHosts[place.region] ?? "" }),
      securityGroupIds: network?.securityGroupIds,
      logBucket: environment.logBucket,
      topicArn: environment.topicArn,
      resourceTags: tags,
    },
    distribution: { places: placesOf(image, place), amiName: image.amiName, amiTags: tags },
    pipeline: { schedule: image.schedule, testsEnabled: image.testsEnabled, scan: image.scan },
    ...(image.retainBuilds !== undefined && {
      lifecycle: {
        recipeVersions: issuedVersions(ledger.recipes, image.recipe),
        keepBuilds: image.retainBuilds,
        roleArn: environment.lifecycleRoleArn,
      },
    }),
  };
};

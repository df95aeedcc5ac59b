/**
 * What experiments create. Each function registers first how its result is removed. ARNs follow
 * from names, so that a call without an answer leaves nothing behind.
 */
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import {
  CreateComponentCommand,
  type CreateComponentCommandInput,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  type CreateImagePipelineCommandInput,
  CreateImageRecipeCommand,
  type CreateImageRecipeCommandInput,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  DeleteComponentCommand,
  DeleteDistributionConfigurationCommand,
  DeleteImagePipelineCommand,
  DeleteImageRecipeCommand,
  DeleteInfrastructureConfigurationCommand,
  DeleteWorkflowCommand,
} from "@aws-sdk/client-imagebuilder";
import {
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  paginateGetResourceShareAssociations,
  paginateGetResourceShares,
} from "@aws-sdk/client-ram";
import {
  awsManagedImageArn,
  imageBuilderArn,
  imagePermissionArn,
  imageRecipeArn,
  managedPolicyArn,
  partitionOf,
  pipelineArn,
  roleArn,
} from "../../../config/aws/arns";
import { ec2Principal } from "../../../contract/ec2-principal";
import type { Lab } from "./lab";
import type { Site } from "./site";

export const VERSION = "1.0.0";

/** Architecture and parent of all builds, for the cheapest instance type that is large enough. */
export const INSTANCE_TYPE = "t4g.small";
export const PARENT = "amazon-linux-2023-arm64";

/** The parent of builds in a Region. */
export function parentArn({ region }: Site): string {
  return awsManagedImageArn(region, PARENT, "x.x.x");
}

/** A component document that does nothing, or with a parameter that has no default. */
export function emptyDocument(parameter?: string): string {
  const parameters =
    parameter === undefined ? "" : `parameters:\n  - ${parameter}:\n      type: string\n`;
  return `schemaVersion: 1.0\n${parameters}phases:\n  - name: build\n    steps:\n      - name: Nothing\n        action: ExecuteBash\n        inputs:\n          commands:\n            - "true"\n`;
}

/** Registers the removal of a resource of Image Builder. */
function undoCreation(
  lab: Lab,
  { region }: Site,
  kind: string,
  arn: string,
  remove: () => Promise<unknown>,
  option = `${kind}-arn`,
): void {
  lab.undo(
    `the ${kind.replaceAll("-", " ")} ${arn}`,
    `aws imagebuilder delete-${kind} --${option} ${arn} --region ${region}`,
    remove,
  );
}

/** Creates a component. Returns the ARN that Image Builder answers. */
export async function createComponent(
  lab: Lab,
  site: Site,
  suffix: string,
  changes: Partial<CreateComponentCommandInput> = {},
): Promise<string> {
  const name = lab.name(suffix);
  const build = imageBuilderArn(site, `component/${name}/${VERSION}/1`);
  undoCreation(
    lab,
    site,
    "component",
    build,
    () => site.imageBuilder.send(new DeleteComponentCommand({ componentBuildVersionArn: build })),
    "component-build-version-arn",
  );
  const { componentBuildVersionArn = "" } = await site.imageBuilder.send(
    new CreateComponentCommand({
      name,
      semanticVersion: VERSION,
      platform: "Linux",
      data: emptyDocument(),
      tags: lab.tags,
      ...changes,
    }),
  );
  return componentBuildVersionArn;
}

/** Creates an image recipe, with a component that does nothing unless `changes` names others. */
export async function createRecipe(
  lab: Lab,
  site: Site,
  suffix: string,
  changes: Partial<CreateImageRecipeCommandInput> = {},
): Promise<string> {
  const components = changes.components ?? [
    { componentArn: await createComponent(lab, site, suffix) },
  ];
  const name = lab.name(suffix);
  const arn = imageRecipeArn(site, name, VERSION);
  undoCreation(lab, site, "image-recipe", arn, () =>
    site.imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: arn })),
  );
  await site.imageBuilder.send(
    new CreateImageRecipeCommand({
      name,
      semanticVersion: VERSION,
      parentImage: parentArn(site),
      components,
      tags: lab.tags,
      ...changes,
    }),
  );
  return arn;
}

/** Creates a test workflow. */
export async function createTestWorkflow(
  lab: Lab,
  site: Site,
  suffix: string,
  data: string,
): Promise<string> {
  const name = lab.name(suffix);
  const arn = imageBuilderArn(site, `workflow/test/${name}/${VERSION}/1`);
  undoCreation(
    lab,
    site,
    "workflow",
    arn,
    () => site.imageBuilder.send(new DeleteWorkflowCommand({ workflowBuildVersionArn: arn })),
    "workflow-build-version-arn",
  );
  await site.imageBuilder.send(
    new CreateWorkflowCommand({
      name,
      semanticVersion: VERSION,
      type: "TEST",
      data,
      tags: lab.tags,
    }),
  );
  return arn;
}

/** Creates a role that a service of AWS can assume, with policies of AWS. Returns its name. */
export async function createRole(
  lab: Lab,
  site: Site,
  suffix: string,
  service: string,
  policies: readonly string[],
): Promise<string> {
  const { iam, region } = site;
  const RoleName = lab.name(suffix);
  lab.undo(`the role ${RoleName}`, `aws iam delete-role --role-name ${RoleName}`, () =>
    iam.send(new DeleteRoleCommand({ RoleName })),
  );
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  };
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Tags: Object.entries(lab.tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  for (const policy of policies) {
    const PolicyArn = managedPolicyArn(region, policy);
    lab.undo(
      `the policy ${policy} of ${RoleName}`,
      `aws iam detach-role-policy --role-name ${RoleName} --policy-arn ${PolicyArn}`,
      () => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
    );
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  return RoleName;
}

/** Time until other services see a new role, in seconds. IAM documents no figure. */
const ROLE_DELAY_SECONDS = 15;

/** Creates a role that Image Builder can assume. Returns its ARN. */
export async function createServiceRole(
  lab: Lab,
  site: Site,
  suffix: string,
  policy: string,
): Promise<string> {
  const name = await createRole(lab, site, suffix, "imagebuilder.amazonaws.com", [policy]);
  await lab.sleep(ROLE_DELAY_SECONDS);
  return roleArn(site, name);
}

/** Creates the settings of build instances, with a role for them. */
export async function createInfrastructure(lab: Lab, site: Site, suffix: string): Promise<string> {
  const { iam, imageBuilder, network } = site;
  const name = lab.name(suffix);
  const role = await createRole(lab, site, suffix, ec2Principal(partitionOf(site.region)), [
    "EC2InstanceProfileForImageBuilder",
    "AmazonSSMManagedInstanceCore",
  ]);
  lab.undo(
    `the instance profile ${name}`,
    `aws iam delete-instance-profile --instance-profile-name ${name}`,
    () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: name })),
  );
  const Tags = Object.entries(lab.tags).map(([Key, Value]) => ({ Key, Value }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags }));
  const membership = { InstanceProfileName: name, RoleName: role };
  lab.undo(
    `the role in ${name}`,
    `aws iam remove-role-from-instance-profile --instance-profile-name ${name} --role-name ${role}`,
    () => iam.send(new RemoveRoleFromInstanceProfileCommand(membership)),
  );
  await iam.send(new AddRoleToInstanceProfileCommand(membership));
  await lab.sleep(ROLE_DELAY_SECONDS);
  const arn = imageBuilderArn(site, `infrastructure-configuration/${name}`);
  undoCreation(lab, site, "infrastructure-configuration", arn, () =>
    site.imageBuilder.send(
      new DeleteInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }),
    ),
  );
  await imageBuilder.send(
    new CreateInfrastructureConfigurationCommand({
      name,
      instanceProfileName: name,
      instanceTypes: [INSTANCE_TYPE],
      subnetId: network.subnetId,
      securityGroupIds: network.securityGroupIds && [...network.securityGroupIds],
      instanceMetadataOptions: { httpTokens: "required" },
      terminateInstanceOnFailure: true,
      resourceTags: lab.tags,
      tags: lab.tags,
    }),
  );
  return arn;
}

interface AmiSettings {
  /** @default - the Region of the build */
  readonly regions?: readonly string[];
  /** @default - none */
  readonly description?: string;
}

/** Creates the settings of AMIs, which get the tags of everything that is created. */
export async function createDistribution(
  lab: Lab,
  site: Site,
  suffix: string,
  { regions = [site.region], description }: AmiSettings = {},
): Promise<string> {
  const name = lab.name(suffix);
  const distributions = regions.map((region) => ({
    region,
    amiDistributionConfiguration: {
      name: `${name}-{{ imagebuilder:buildDate }}`,
      description,
      amiTags: lab.tags,
    },
  }));
  const arn = imageBuilderArn(site, `distribution-configuration/${name}`);
  undoCreation(lab, site, "distribution-configuration", arn, () =>
    site.imageBuilder.send(
      new DeleteDistributionConfigurationCommand({ distributionConfigurationArn: arn }),
    ),
  );
  await site.imageBuilder.send(
    new CreateDistributionConfigurationCommand({ name, distributions, tags: lab.tags }),
  );
  return arn;
}

export async function createPipeline(
  lab: Lab,
  site: Site,
  suffix: string,
  settings: Omit<CreateImagePipelineCommandInput, "name" | "clientToken" | "tags">,
): Promise<string> {
  const name = lab.name(suffix);
  const arn = pipelineArn(site, name);
  undoCreation(lab, site, "image-pipeline", arn, () =>
    site.imageBuilder.send(new DeleteImagePipelineCommand({ imagePipelineArn: arn })),
  );
  await site.imageBuilder.send(
    new CreateImagePipelineCommand({
      name,
      imageTestsConfiguration: { imageTestsEnabled: false },
      tags: lab.tags,
      ...settings,
    }),
  );
  return arn;
}

/** Creates a share of the owner without resources. RAM chooses its ARN, so its name finds it. */
export async function createShare(
  lab: Lab,
  suffix: string,
  principals: readonly string[],
): Promise<string> {
  const { ram, region } = lab.owner;
  const name = lab.name(suffix);
  lab.undo(
    `the resource share ${name}`,
    `aws ram delete-resource-share --resource-share-arn $(aws ram get-resource-shares --resource-owner SELF --name ${name} --resource-share-status ACTIVE --query 'resourceShares[0].resourceShareArn' --output text --region ${region}) --region ${region}`,
    async () => {
      const pages = paginateGetResourceShares(
        { client: ram },
        { resourceOwner: "SELF", name, resourceShareStatus: "ACTIVE" },
      );
      for await (const { resourceShares = [] } of pages)
        for (const { resourceShareArn } of resourceShares)
          await ram.send(new DeleteResourceShareCommand({ resourceShareArn }));
    },
  );
  const { resourceShare } = await ram.send(
    new CreateResourceShareCommand({
      name,
      permissionArns: [imagePermissionArn(region)],
      allowExternalPrincipals: false,
      tags: Object.entries(lab.tags).map(([key, value]) => ({ key, value })),
    }),
  );
  const resourceShareArn = resourceShare?.resourceShareArn ?? "";
  for (const principal of principals) {
    await ram.send(
      new AssociateResourceShareCommand({ resourceShareArn, principals: [principal] }),
    );
    await settled(lab, resourceShareArn, "PRINCIPAL", principal);
  }
  return resourceShareArn;
}

/** Waits until an association is settled. Returns its status. */
export function settled(
  lab: Lab,
  share: string,
  associationType: "PRINCIPAL" | "RESOURCE",
  entity: string,
): Promise<string> {
  return lab.poll(
    `RAM to change the share for ${entity}`,
    10,
    async () => {
      const status = await associationOf(lab, share, associationType, entity);
      return status.endsWith("ING") ? undefined : status;
    },
    5,
  );
}

/** Returns the status of an association, `DISASSOCIATED` if there is none. */
export async function associationOf(
  { owner: { ram } }: Lab,
  share: string,
  associationType: "PRINCIPAL" | "RESOURCE",
  entity: string,
): Promise<string> {
  const pages = paginateGetResourceShareAssociations(
    { client: ram },
    { associationType, resourceShareArns: [share] },
  );
  for await (const { resourceShareAssociations = [] } of pages) {
    const found = resourceShareAssociations.find((one) => one.associatedEntity === entity);
    if (found) return found.status ?? "";
  }
  return "DISASSOCIATED";
}

/** Shares builds, and waits until RAM has associated them. */
export async function share(lab: Lab, resourceShareArn: string, arn: string): Promise<void> {
  const { ram } = lab.owner;
  await ram.send(new AssociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }));
  await settled(lab, resourceShareArn, "RESOURCE", arn);
}

/** Removes a build from a share, and waits until RAM has done so. */
export async function unshare(lab: Lab, resourceShareArn: string, arn: string): Promise<void> {
  const { ram } = lab.owner;
  await ram.send(new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [arn] }));
  await settled(lab, resourceShareArn, "RESOURCE", arn);
}

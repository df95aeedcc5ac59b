/** The roles that experiments create. Each function registers first how its result is removed. */
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
import { managedPolicyArn, partitionOf, roleArn } from "../../../config/aws/arns";
import { ec2Principal } from "../../../contract/ec2-principal";
import type { Lab } from "./lab";
import type { Site } from "./site";

/** Creates a role that a service of AWS can assume, with policies of AWS. Returns its name. */
async function createRole(
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

/** Creates a role for build instances and its instance profile. Returns the profile's name. */
export async function createInstanceProfile(lab: Lab, site: Site, suffix: string): Promise<string> {
  const { iam, region } = site;
  const name = lab.name(suffix);
  const role = await createRole(lab, site, suffix, ec2Principal(partitionOf(region)), [
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
  return name;
}

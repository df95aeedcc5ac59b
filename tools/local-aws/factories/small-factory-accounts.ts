/** The accounts of the small factory, and the ARNs that its recipes and shares name. */
import {
  awsManagedImageArn,
  imageArn,
  organizationArn,
  organizationalUnitArn,
} from "../../../config/aws/arns";

export const REGION = "eu-west-1";
/** The organizational unit (OU) of the account payments. */
export const UNIT = "ou-abcd-11111111";
export const ORGANIZATION = { id: "o-abcdefghij", managementAccountId: "999999999999" };
export const IDS = {
  shared: "111111111111",
  payments: "222222222222",
  orders: "333333333333",
  outsider: "888888888888",
};
export type AccountName = keyof typeof IDS;
export const SHARED = { accountId: IDS.shared, region: REGION };
export const AUDIENCES = {
  unit: [organizationalUnitArn(REGION, ORGANIZATION, UNIT)],
  organization: [organizationArn(REGION, ORGANIZATION)],
  account: [IDS.payments],
};

/** The parent that consumers name in their recipes. */
export const GOLDEN = imageArn(SHARED, "base", "x.x.x");
export const AWS_PARENT = awsManagedImageArn(REGION, "amazon-linux-2023-x86", "x.x.x");

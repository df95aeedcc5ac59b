/** The factory file of the end-to-end test, and its accounts and Regions. */
import { imageArn } from "../../config/aws/arns";
import { minimalContainer, minimalFactory, type Raw } from "../../tools/fixtures/factory-file";

/** The Region that builds most images. */
export const REGION = "eu-west-1";
/** A Region that receives copies and builds nothing. */
export const COPY_REGION = "us-east-1";
/** A Region that builds an image which no other Region builds. */
export const OTHER_REGION = "us-west-2";

export const ORGANIZATION = "o-abcdefghij";
export const UNIT = "ou-abcd-11111111";

export const SHARED = "111111111111";
export const PAYMENTS = "222222222222";
export const ORDERS = "333333333333";
export const BILLING = "444444444444";
export const OUTSIDER = "888888888888";

/** Account ids by the names that stack ids start with. */
export const ACCOUNTS: Readonly<Record<string, string>> = {
  shared: SHARED,
  payments: PAYMENTS,
  orders: ORDERS,
  billing: BILLING,
};

/** Names of the app accounts. */
export const APPS = ["payments", "orders", "billing"];

export function goldenArn(name: string, region = REGION): string {
  return imageArn({ accountId: SHARED, region }, name, "x.x.x");
}

/** An app account with one image on a golden parent. */
export function appAccount(id: string, image: string, parent: string): Raw {
  return {
    id,
    regions: { [REGION]: {} },
    images: {
      [image]: {
        platform: "Linux",
        parent: { golden: parent },
        version: "1.0",
        components: [{ awsManaged: "apache-tomcat-9-linux" }],
      },
    },
  };
}

function channelFor(...accounts: string[]): Raw {
  return { channels: { partners: { principals: { accounts } } } };
}

/**
 * A golden image with two channels and a child image, a container that waits for an approval,
 * an image in another Region, and two app accounts.
 */
export function scenarioFactory(): Raw {
  const file = minimalFactory();
  const { share: _, ...edge } = file.images.base;
  file.ci = { github: { repository: "acme/golden-images" } };
  file.sharedAccount.regions[OTHER_REGION] = {};
  file.sharedAccount.operators = [`arn:aws:iam::${SHARED}:role/operators`];
  file.sharedAccount.evidence = true;
  file.sharedAccount.notes = { emails: ["consumers@example.com"] };
  file.sharedAccount.watermarks = true;
  Object.assign(file.images.base, {
    regions: [REGION],
    retain: { builds: 5 },
    // An execution role writes a parameter outside /imagebuilder/.
    outputs: { copyToRegions: [COPY_REGION], parameter: "/golden/base" },
  });
  file.images.base.share.channels = {
    canary: { principals: { organizationalUnits: [UNIT] }, keep: 1 },
    stable: { principals: { organization: true }, keep: 2, approval: "required" },
  };
  Object.assign(file.images.web, { regions: [REGION], share: channelFor(PAYMENTS) });
  file.images.edge = { ...edge, regions: [OTHER_REGION], share: channelFor(PAYMENTS) };
  file.images.edge.share.channels.partners.keep = 1;
  file.containers = {
    runtime: {
      ...minimalContainer(),
      regions: [REGION],
      scan: true,
      retain: { builds: 3 },
      workflows: { tests: [{ awsManaged: "test-container" }, { document: "wait.yaml" }] },
      share: channelFor(PAYMENTS),
    },
  };
  file.appAccounts = {
    payments: {
      ...appAccount(PAYMENTS, "payments-web", "base"),
      fleet: true,
      containers: { "payments-api": minimalContainer({ golden: "runtime" }) },
    },
    orders: appAccount(ORDERS, "orders-api", "base"),
  };
  return file;
}

/** Arguments and options that several commands of a deployed factory have. */
import { CONFIG, JSON_OUTPUT } from "../command";

export const IMAGE = {
  value: "IMAGE",
  description: "golden image or golden container of the factory",
  required: true,
} as const;

export const BUILD = {
  value: "BUILD",
  description: "version and build number, such as 1.0.3/2",
  required: true,
} as const;

/** Profiles of the accounts that a command looks at. */
export const PROFILES = {
  value: "ACCOUNT=PROFILE,...",
  description:
    "AWS profiles of app accounts (default: your credentials if they belong to the account, else a role of the account, assumed with them)",
} as const;

/** Options of every command. */
export const CREDENTIALS = {
  config: CONFIG,
  profile: {
    value: "NAME",
    description: "AWS profile with credentials of the shared account (default: $AWS_PROFILE)",
  },
  json: JSON_OUTPUT,
} as const;

/** Options of commands that read. */
export const READ_TARGET = {
  region: {
    value: "REGION",
    description: "Region of the shared account, repeatable (default: all)",
    repeatable: true,
  },
  ...CREDENTIALS,
} as const;

/** Options of commands that change something. */
export const CHANGE_TARGET = {
  region: {
    value: "REGION",
    description: "Region to change, repeatable; required if there are several",
    repeatable: true,
  },
  "all-regions": { description: "change all Regions of the image" },
  ...CREDENTIALS,
} as const;

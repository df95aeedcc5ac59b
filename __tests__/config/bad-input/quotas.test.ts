import { testBadInput } from "../../../tools/fixtures/bad-input";
import type { Raw } from "../../../tools/fixtures/factory-file";

/** Adds channels to the image `base`, which already has one. */
function addChannels(file: Raw, count: number, channel: Raw): void {
  for (let index = 0; index < count; index += 1)
    file.images.base.share.channels[`channel-${index}`] = channel;
}

function accountIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(300_000_000_000 + index));
}

testBadInput([
  {
    title: "more shared builds than the default quota of AWS RAM",
    mutate: (f) => addChannels(f, 5, { principals: { organization: true }, keep: 1_000 }),
    problems: [
      "warning: sharedAccount.regions.eu-west-1: shares up to 5,003 builds, but AWS RAM's default quota is 5,000 shared resources: request a higher quota, or reduce keep of the channels [ram-shared-resources]",
    ],
  },
  {
    title: "more shared principals than the default quota of AWS RAM",
    mutate: (f) => addChannels(f, 10, { principals: { accounts: accountIds(500) } }),
    problems: [
      "warning: sharedAccount.regions.eu-west-1: shares with 5,001 principals, but AWS RAM's default quota is 5,000: request a higher quota, or give the channels organizational units in place of accounts [ram-shared-principals]",
    ],
  },
  {
    title: "an updater that works on one image at a time",
    mutate: (f) => (f.sharedAccount.updater = { concurrency: 1 }),
    problems: [
      "sharedAccount.updater.concurrency: must be a whole number of images from 2 to 1000, got: 1",
    ],
  },
  {
    title: "a grace period of more than a year",
    mutate: (f) => (f.sharedAccount.updater = { launchPermissionGraceDays: 366 }),
    problems: [
      "sharedAccount.updater.launchPermissionGraceDays: must be a whole number of days from 0 to 365, got: 366",
    ],
  },
  {
    title: "reserved concurrency, which updater.concurrency replaces",
    mutate: (f) => (f.sharedAccount.updater = { reservedConcurrency: 2 }),
    problems: [
      "sharedAccount.updater: unknown key 'reservedConcurrency': the keys here are schedule, concurrency, launchPermissionGraceDays",
    ],
  },
]);

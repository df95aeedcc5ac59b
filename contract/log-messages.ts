/**
 * Messages in the logs of the functions that the descriptions of alarms and the documentation
 * quote: people search for them.
 */

export const UPDATER_MESSAGES = {
  shareReconciled: "share reconciled",
  notReconciled: "image not fully reconciled",
  runFailed: "the run about the image failed",
  notRecorded: "build not sent to the recorder",
  imagesNotFound: "images that left the factory file can't be found",
  buildFailed: "build failed",
  mismatch: "the share isn't as the manifest describes it",
  sharedDespiteFindings: "a shared build has findings that the channel doesn't allow",
  unknownAncestors: "the ancestors of a build aren't all known",
  scheduledRevocation: "a scheduled revocation has taken effect, and the build isn't disabled",
  orphanedPermission: "no channel grants this launch permission any more",
} as const;

export const REBUILDER_MESSAGES = {
  imageChecked: "image checked",
  notChecked: "image not checked or not started",
  started: "build started",
  parentNotVisible: "the account sees no build of the parent",
  parentRevoked: "the newest build of the parent is revoked, but not disabled",
  givenUp: "all builds on this build of the parent failed, no more are started",
  failing: "the last builds of the image failed",
} as const;

export const RECORDER_MESSAGES = {
  notRecorded: "build not recorded",
  notMarked: "AMI not marked",
  incomplete: "build recorded without its packages, or without a digest of a container",
} as const;

const NAMESPACE = "GoldenImageFactory";

/** Names of the updater's CloudWatch metrics, for the function, its alarms and its dashboard. */
export const METRICS = {
  namespace: NAMESPACE,
  service: "share-updater",
  /** Age of the newest shared build in hours, by image and channel. Only where it has an alarm. */
  newestSharedAgeHours: "NewestSharedAgeHours",
  /** Desired builds that couldn't be added to a share. */
  failedAssociations: "FailedAssociations",
  /** Builds that RAM refused to remove from a share. */
  refusedRemovals: "RefusedRemovals",
  /** AMIs that an account can launch although no channel grants it any more. */
  orphanedLaunchPermissions: "OrphanedLaunchPermissions",
  /** Shares, builds and AMIs that the updater couldn't read or change. */
  unreadable: "Unreadable",
  /** Builds that failed. */
  failedBuilds: "FailedBuilds",
  /** Builds whose scheduled revocation has taken effect, and that aren't disabled yet. */
  scheduledRevocations: "ScheduledRevocations",
  /** Shares and principals that aren't as the manifest describes them. */
  manifestMismatches: "ManifestMismatches",
} as const;

/** Names of the updater's metrics about findings. Only where a channel has limits for findings. */
export const FINDINGS_METRICS = {
  /** Shared builds that a channel would not share now, because of their findings. */
  sharedDespiteFindings: "SharedDespiteFindings",
} as const;

/** Names of the recorder's CloudWatch metrics, for the function and its alarms. */
export const RECORDER_METRICS = {
  namespace: NAMESPACE,
  service: "recorder",
  /**
   * Builds that couldn't be recorded, that were recorded without their packages or the digests of
   * their containers, or whose AMIs couldn't be marked.
   */
  incomplete: "IncompleteRecords",
} as const;

/** Names of the rebuilder's CloudWatch metrics, for the function and its alarms. */
export const REBUILDER_METRICS = {
  namespace: NAMESPACE,
  service: "rebuilder",
  /**
   * Hours for which an image hasn't been on its parent's newest build, at most, by image. Zero only
   * if it is on it. Only with an alarm.
   */
  behindParentHours: "BehindParentHours",
  /** Images whose parent the account can't see, or whose parent's newest build is revoked. */
  parentsNotVisible: "ParentsNotVisible",
  /** Images whose last four builds, or more, failed. */
  rebuildsFailing: "RebuildsFailing",
  /** Images that the rebuilder couldn't read, or whose pipeline it couldn't start. */
  unreadable: "Unreadable",
} as const;

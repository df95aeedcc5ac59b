/** Names of the updater's CloudWatch metrics, for the function, its alarms and its dashboard. */
export const METRICS = {
  namespace: "GoldenImageFactory",
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

/** Names of the share updater's CloudWatch metrics, for the function that writes them and for alarms and dashboards. */
export const METRICS = {
  namespace: "GoldenImageFactory",
  service: "share-updater",
  sharedBuilds: "SharedBuilds",
  associated: "Associated",
  disassociated: "Disassociated",
  associationFailed: "AssociationFailed",
  unshareRefused: "UnshareRefused",
  newestSharedAgeHours: "NewestSharedAgeHours",
  buildFailed: "BuildFailed",
  eventIgnored: "EventIgnored",
} as const;

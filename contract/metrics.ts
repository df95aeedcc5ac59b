/** Names of the updater's CloudWatch metrics, for the function, its alarms and its dashboard. */
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

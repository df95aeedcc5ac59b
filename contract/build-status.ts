/** Statuses of Image Builder in which a build stays until someone changes it. */
export const FINAL_STATUSES = [
  "AVAILABLE",
  "FAILED",
  "CANCELLED",
  "DEPRECATED",
  "DISABLED",
  "DELETED",
];

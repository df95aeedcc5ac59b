/** An account in a Region: where a regional resource lives. */
export interface AccountRegion {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
}

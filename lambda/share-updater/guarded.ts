import type { Aws } from "./ports";

/**
 * Calls `assertCurrent` before each change of a share, build or AMI.
 *
 * A deployment replaces the manifest while runs with the old one are in progress. These must not
 * undo what runs with the new one have done.
 */
export function guarded(aws: Aws, assertCurrent: () => Promise<void>): Aws {
  const { ram, images, amis } = aws;
  return {
    ...aws,
    ram: {
      ...ram,
      associate: async (...change) => {
        await assertCurrent();
        await ram.associate(...change);
      },
      disassociate: async (...change) => {
        await assertCurrent();
        await ram.disassociate(...change);
      },
    },
    images: {
      ...images,
      markRevoked: async (...change) => {
        await assertCurrent();
        await images.markRevoked(...change);
      },
      markShared: async (...change) => {
        await assertCurrent();
        await images.markShared(...change);
      },
    },
    amis: {
      ...amis,
      changeLaunchPermission: async (...change) => {
        await assertCurrent();
        await amis.changeLaunchPermission(...change);
      },
      setOrphanedTag: async (...change) => {
        await assertCurrent();
        await amis.setOrphanedTag(...change);
      },
    },
  };
}

/** All experiments, in the order in which they run: those that read or create little come first. */
import type { Experiment } from "../experiment";
import * as amis from "./amis";
import * as recipes from "./recipes";
import * as schedules from "./schedules";
import * as sharing from "./sharing";
import * as starts from "./starts";
import * as watermarks from "./watermarks";

export const EXPERIMENTS: readonly Experiment[] = [
  amis.rootDevices,
  amis.managedImages,
  amis.findingTitles,
  recipes.recipeChecks,
  recipes.recipeParent,
  recipes.componentNumber,
  recipes.workflowTwice,
  recipes.waitingWorkflow,
  recipes.testFailure,
  recipes.pipelineDate,
  recipes.lifecycleDeletedRecipe,
  sharing.principals,
  sharing.fiftyShares,
  starts.clientToken,
  starts.deletedToken,
  starts.listLag,
  starts.buildNumbers,
  starts.buildReuse,
  starts.imageLag,
  starts.buildDate,
  starts.packageList,
  amis.copyTags,
  amis.amiDescription,
  watermarks.watermarkTwice,
  watermarks.watermarkLimit,
  watermarks.watermarkInherited,
  starts.wildcardParent,
  starts.runningParent,
  sharing.invisibleImage,
  sharing.invisibleParent,
  sharing.versionlessArn,
  sharing.launchPermission,
  sharing.listResources,
  sharing.dependentConsumer,
  sharing.secondAssociation,
  sharing.busyResources,
  sharing.associationDate,
  sharing.versionInShare,
  // They change the builds that experiments share, or add a newer one.
  schedules.dependencyUpdate,
  amis.disabledBuild,
  amis.enabledBuild,
  recipes.recipeDeletion,
];

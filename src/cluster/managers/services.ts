import { quoteForShell } from "../../domain/shell_text.ts";
import type { Manager } from "../../domain/manager.ts";
import { dropUnusedSlot, promoteAnyway, replaceLogicalSlot } from "./proofs.ts";
import type { NewSetting, Speech } from "./remedy.ts";

/** What differs between managed services. */
interface Service {
  /** How settings are changed. */
  readonly set: (settings: readonly NewSetting[]) => string;
  /** How a replica is replaced. */
  readonly replace: string;
  /** How another server becomes the primary. */
  readonly promote: ServicePromotion;
  /** Who decides which addresses may connect. */
  readonly admit: string;
}

function assignments(settings: readonly NewSetting[]): string {
  return settings.map(([name, value]) => `${name} = ${value}`).join(", ");
}

/**
 * A managed service: it alone reaches host and configuration. SQL as its administrator is left: sessions, slots of
 * subscriptions, roles.
 */
function serviceSpeech({ set, replace, promote, admit }: Service): Speech {
  return {
    set: ({ settings, restart }) =>
      `${set(settings)}${
        restart ? "; a static one takes effect when the instance restarts, replicas first" : ""
      }`,
    release_commits: () =>
      "the service decides which standbys are synchronous: look at the state of its instances, and open a case",
    add_synchronous: () => "nothing: the service decides which standbys are synchronous",
    rebuild: () => `the service repairs its own standbys; for a read replica: ${replace}`,
    rejoin: () =>
      `save what only it has; the service repairs its own standbys; for a read replica: ${replace}`,
    get_primary: () =>
      `the service fails over itself: look at the events of the instance. If it does not: ${
        promoteAnyway(
          `${promote.failover}${promote.promotion && `; for a read replica ${promote.promotion}`}`,
        )
      }`,
    keep_one_primary: ({ newest }) =>
      `if one was promoted to an instance of its own, it is another cluster: name it so in the configuration. Otherwise ("${newest}" ` +
      "was promoted last) keep clients from the other and open a case",
    reconnect: () =>
      `look at the replication state and the log that the service shows; if it stays: ${replace}`,
    give_slot: () => "the service manages the slots of its replicas: look at the replication state it shows",
    drop_slot: ({ slot, consumer }, { server }) =>
      (consumer === "standby" ? "slots of replicas are the service's own. Another one: " : "") +
      dropUnusedSlot({ slot, server, consumer }),
    replace_slot: ({ slot, consumer, reader }, { server }) =>
      consumer === "standby"
        ? `it belongs to a replica of the service: ${replace}`
        : replaceLogicalSlot({ slot, server, consumer, reader }),
    start: () =>
      "look at the state and the events of the instance in the service's console, and start it there",
    admit: () => admit,
    enable_checksums: () => "nothing: the service decides it when it creates an instance",
    upgrade: () => "upgrade with the service, replicas first",
  };
}

/** How a service makes another server the primary. */
export interface ServicePromotion {
  /** For a standby of the service itself: the primary stops, and its name moves. */
  readonly failover: string;
  /** For a read replica, which becomes a server of its own; "" when there is no such command. */
  readonly promotion: string;
}

/** How each service makes another server the primary. */
export const SERVICE_PROMOTIONS = {
  rds: {
    failover:
      "aws rds failover-db-cluster for Aurora and Multi-AZ clusters, aws rds reboot-db-instance --force-failover for a " +
      "Multi-AZ instance",
    promotion: "aws rds promote-read-replica",
  },
  cloud_sql: {
    failover: "gcloud sql instances failover INSTANCE",
    promotion: "gcloud sql instances promote-replica REPLICA",
  },
  alloydb: { failover: "gcloud alloydb instances failover INSTANCE", promotion: "" },
  azure: {
    failover: "az postgres flexible-server restart --failover Forced",
    promotion:
      "az postgres flexible-server replica promote --promote-mode switchover --promote-option planned, which " +
      "makes the old primary its replica; with --promote-mode standalone it goes on as a primary",
  },
} as const satisfies Partial<Record<Manager, ServicePromotion>>;

/** Amazon RDS and Aurora: `docs.aws.amazon.com/AmazonRDS`, DB parameter groups, read replicas, failover. */
export const rdsSpeech: Speech = serviceSpeech({
  set: (settings) =>
    `in the DB parameter group of the instance (aws rds modify-db-parameter-group): ${assignments(settings)}`,
  replace: "delete it and create it again (aws rds create-db-instance-read-replica)",
  promote: SERVICE_PROMOTIONS.rds,
  admit:
    "admit the exporter's address in the security group of the instance; if rds.force_ssl is on, connect with TLS",
});

/** Google Cloud SQL: `cloud.google.com/sql/docs/postgres`, database flags, replicas, failover. */
export const cloudSqlSpeech: Speech = serviceSpeech({
  set: (settings) =>
    `with all its other flags, which are reset otherwise: gcloud sql instances patch INSTANCE --database-flags=${
      quoteForShell(settings.map(([name, value]) => `${name}=${value}`).join(","))
    }`,
  replace: "delete it and create it again (gcloud sql instances create --master-instance-name)",
  promote: SERVICE_PROMOTIONS.cloud_sql,
  admit: "admit the exporter's address in the authorized networks of the instance",
});

/** AlloyDB. */
export const alloyDbSpeech: Speech = serviceSpeech({
  set: (settings) =>
    `in the database flags of the instance (gcloud alloydb instances update): ${assignments(settings)}`,
  replace: "delete the read pool instance and create it again",
  promote: SERVICE_PROMOTIONS.alloydb,
  admit: "admit the exporter's network to the cluster",
});

/** Azure Database for PostgreSQL: `learn.microsoft.com/azure/postgresql`, server parameters, read replicas, high availability. */
export const azureSpeech: Speech = serviceSpeech({
  set: (settings) =>
    settings.map(([name, value]) =>
      `az postgres flexible-server parameter set -g GROUP --server-name SERVER --name ${name} --value ${
        quoteForShell(value)
      }`
    ).join("; "),
  replace: "delete it and create it again (az postgres flexible-server replica create)",
  promote: SERVICE_PROMOTIONS.azure,
  admit:
    "admit the exporter's address in the firewall rules of the server (az postgres flexible-server firewall-rule create)",
});

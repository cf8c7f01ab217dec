/**
 * Exporters whose replication metrics can be published under their names: `--compat`, in the order of documentation.
 */
export const COMPAT_EXPORTERS = ["postgres_exporter", "pg_exporter", "pgexporter"] as const;

/** One of {@linkcode COMPAT_EXPORTERS}. */
export type CompatExporter = typeof COMPAT_EXPORTERS[number];

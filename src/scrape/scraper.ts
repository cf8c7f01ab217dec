/**
 * What the web layer calls to answer a scrape.
 *
 * @module
 */
import type { View } from "../domain/view.ts";
import type { Family } from "../metrics/family.ts";

/** Answers scrapes from the latest collection, or starts a new one. */
export interface Scraper {
  /**
   * Families of the latest collection; when it is too old, of a new one, shared by all waiting scrapes.
   *
   * Scrapes within 100 ms get the same array, so a caller may cache what it encoded from it.
   *
   * @param options `budgetSeconds`: how long the scraper may wait; the collection's deadline when absent.
   */
  scrape(options?: { readonly budgetSeconds?: number }): Promise<readonly Family[]>;
  /**
   * The current view, from memory.
   *
   * @param options `maxAgeSeconds`: maximum age of a cached view, unless an event has happened since; 0.1 s when absent.
   * @returns null until every server has been tried once.
   */
  view(options?: { readonly maxAgeSeconds?: number }): View | null;
}

/** Answers scrapes of one server. */
export interface ServerScraper extends Scraper {
  /**
   * Families of one server, collected again when too old; of a primary also those of its cluster and of standbys that are
   * not watched. Families about the exporter are left out.
   *
   * @param options `budgetSeconds`: how long it may take.
   * @returns Its families; none when the server is not watched.
   */
  scrapeServer(name: string, options: { readonly budgetSeconds: number }): Promise<readonly Family[]>;
}

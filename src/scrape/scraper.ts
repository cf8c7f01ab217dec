/**
 * What the web layer needs for a scrape.
 *
 * @module
 */
import type { View } from "../domain/view.ts";
import type { Family } from "../metrics/family.ts";

/** Answers scrapes from the latest collection, or from one it starts. */
export interface Scraper {
  /**
   * Families of the latest collection; when that is too old, of a new one, shared with all waiting scrapes.
   *
   * Scrapes within 100 ms get the same array, so a caller may cache what it encoded from it.
   *
   * @param options `budgetSeconds`: the longest the scraper may wait; the collection's own deadline when absent.
   */
  scrape(options?: { readonly budgetSeconds?: number }): Promise<readonly Family[]>;
  /**
   * The view, from memory.
   *
   * @param options `maxAgeSeconds`: an earlier view may be this old, unless an event has happened since; 0.1 s when
   *   absent.
   * @returns null before every server has been tried once.
   */
  view(options?: { readonly maxAgeSeconds?: number }): View | null;
}

/** Answers for one server at a time. */
export interface ServerScraper extends Scraper {
  /**
   * Families of one server, collected again when they are too old; of a primary also those of its cluster and of its
   * standbys that are not watched. Families about the exporter are left out.
   *
   * @param name The server's name.
   * @param options `budgetSeconds`: the longest it may take.
   * @returns Its families; empty when no such server is watched.
   */
  scrapeServer(name: string, options: { readonly budgetSeconds: number }): Promise<readonly Family[]>;
}

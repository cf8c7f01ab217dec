/**
 * What the web layer asks for when a scrape comes in.
 *
 * @module
 */
import type { View } from "../domain/view.ts";
import type { Family } from "../metrics/family.ts";

/** Answers scrapes from the latest collection, or from one it starts. */
export interface Scraper {
  /**
   * Families of the latest collection; when that is too old, of a new one, shared with every other scrape waiting.
   *
   * The same array is returned to scrapes that come close together (within 100 ms), so a caller may keep what it
   * encoded from it.
   *
   * @param options `budgetSeconds`: the longest the scraper may wait; the collection's own deadline when absent.
   */
  scrape(options?: { readonly budgetSeconds?: number }): Promise<readonly Family[]>;
  /**
   * What is known now, from memory.
   *
   * @param options `maxAgeSeconds`: a view that was derived this short a time ago will do, unless something has happened
   *   since; a tenth of a second when absent.
   * @returns null before every server has been tried once.
   */
  view(options?: { readonly maxAgeSeconds?: number }): View | null;
}

/** Answers for one server at a time. */
export interface ServerScraper extends Scraper {
  /**
   * What is known of one server, collected anew when that is too old: its own families, of a primary also those of its
   * cluster and of its standbys that are not watched. What says something of the exporter is left out.
   *
   * @param name The server's name.
   * @param options `budgetSeconds`: the longest it may take.
   * @returns Its families; none when no such server is watched.
   */
  scrapeServer(name: string, options: { readonly budgetSeconds: number }): Promise<readonly Family[]>;
}

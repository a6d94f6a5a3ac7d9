/** Whether this server serves GraphiQL: one that shows its schema to nobody does not. */
export const hasExplorer: boolean = document.querySelector<HTMLMetaElement>('meta[name="explorer"]')?.content !== "off";

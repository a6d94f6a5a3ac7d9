/** What lets this page's own scripts add a style sheet under the server's content security policy. */
export const pageNonce: string = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

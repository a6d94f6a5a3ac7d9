/** Whether this browser decodes AAC: those built without licensed codecs don't. The engine itself reads no M4A. */
export const readsM4a: boolean = document.createElement("audio").canPlayType('audio/mp4; codecs="mp4a.40.2"') !== "";

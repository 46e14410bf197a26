// Browsers refuse workers to a page that was opened as a file. There, an invisible frame does the
// worker's work, so that the search of a downloaded site needs no server and no network.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      this.ready = new Promise(resolve => {
        addEventListener("message", event => {
          if (event.source !== this.frame.contentWindow) return
          if (event.data === "worker loaded") resolve()
          else this.dispatchEvent(new MessageEvent("message", { data: event.data }))
        })
      })
      this.frame.srcdoc = `<script>
        window.postMessage = data => parent.postMessage(data, "*")
        window.importScripts = (...urls) => urls.reduce(
          (before, url) => before.then(() => new Promise((done, failed) => {
            const script = document.createElement("script")
            Object.assign(script, { src: url, onload: done, onerror: failed })
            document.head.append(script)
          })), Promise.resolve())
      </script><script src="${url}" onload="postMessage('worker loaded')"></script>`
      document.documentElement.append(this.frame)
    }
    postMessage(data) {
      this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }
    terminate() { this.frame.remove() }
  }
}

/// Code with a button that copies it.
struct CodeBlock {
  let id: String
  /// Completes "Copy …" for screen readers.
  let label: String
  let text: String

  var html: String {
    let escape = PageText().escapeText
    return """
      <div class="code"><pre tabindex="0"><code id="\(escape(id))">\(escape(text))</code></pre>\
      <button type="button" class="quiet" data-copy="\(escape(id))" hidden>Copy\
      <span class="unseen"> \(escape(label))</span></button></div>

      """
  }
}

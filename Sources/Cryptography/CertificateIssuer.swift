import COpenSSL

/// The issuer of an X.509 certificate (RFC 5280).
public enum CertificateIssuer {
  /// True if a certificate names its own subject as its issuer, as self-signed ones do. False for bytes
  /// that are not a certificate.
  ///
  /// - Parameter certificate: In DER.
  public static func isSubject(of certificate: [UInt8]) -> Bool {
    certificate.withUnsafeBufferPointer { bytes in
      var next = bytes.baseAddress
      guard let parsed = d2i_X509(nil, &next, bytes.count) else {
        ERR_clear_error()
        return false
      }
      defer { X509_free(parsed) }
      return X509_NAME_cmp(X509_get_subject_name(parsed), X509_get_issuer_name(parsed)) == 0
    }
  }
}

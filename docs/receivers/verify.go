// Verifies webhooks from TacoHelp. Go 1.19 or newer, the standard library alone.
//
//	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
//	err = Verify(secret, r.Header.Get, body, time.Now()) // nil when the request is genuine
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * 60 // seconds

// Verify checks by Standard Webhooks: nil when one of the signatures is genuine and fresh.
// secret: whsec_…; header: gives a header's value; body: the bytes as they came, not parsed.
func Verify(secret string, header func(string) string, body []byte, now time.Time) error {
	id, timestamp := header("webhook-id"), header("webhook-timestamp")
	signatures := header("webhook-signature")
	if id == "" || timestamp == "" || signatures == "" {
		return errors.New("a webhook header is missing")
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds < now.Unix()-tolerance || seconds > now.Unix()+tolerance {
		return errors.New("the timestamp is not within 5 minutes of now")
	}
	key, err := decodeSecret(secret)
	if err != nil {
		return err
	}
	mac := sign(key, append([]byte(id+"."+timestamp+"."), body...))
	expected := "v1," + base64.StdEncoding.EncodeToString(mac)
	// Several while a secret is rotated. Versions other than v1 never match.
	for _, signature := range strings.Split(signatures, " ") {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return nil
		}
	}
	return errors.New("no signature matches")
}

// VerifySimple checks X-Webhook-Signature: simpler, but a recorded request stays valid.
func VerifySimple(secret string, header func(string) string, body []byte) error {
	if _, err := decodeSecret(secret); err != nil {
		return err
	}
	expected := hex.EncodeToString(sign([]byte(secret), body))
	if !hmac.Equal([]byte(header("x-webhook-signature")), []byte(expected)) {
		return errors.New("no signature matches")
	}
	return nil
}

func decodeSecret(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	// An empty key would let anybody sign. Encoded anew, because Go decodes newlines too.
	if err != nil || len(key) == 0 || secret != "whsec_"+base64.StdEncoding.EncodeToString(key) {
		return nil, errors.New("the secret must be whsec_ and base64")
	}
	return key, nil
}

func sign(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}

// --- Command line: go run verify.go BODY_FILE, with secret and headers in the environment --------

func main() {
	path := "/dev/stdin"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	header := func(name string) string {
		return os.Getenv(strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
	}
	body, err := os.ReadFile(path)
	if _, simple := os.LookupEnv("X_WEBHOOK_SIGNATURE"); err == nil && simple {
		err = VerifySimple(os.Getenv("WEBHOOK_SECRET"), header, body)
	} else if err == nil {
		err = Verify(os.Getenv("WEBHOOK_SECRET"), header, body, time.Now())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

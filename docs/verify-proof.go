// Checks a tlog-proof against a tlog-policy with Go's own implementation of notes and Merkle trees (golang.org/x/mod/sumdb); nothing of this
// project is used. Usage: go run docs/verify-proof.go order.tlog-proof policy.txt
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies c2sp.org/tlog-cosignature (Ed25519), which Go's note package leaves to its callers.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func main() {
	proof, err := os.ReadFile(os.Args[1])
	must(err)
	policy, err := os.ReadFile(os.Args[2])
	must(err)
	var verifiers []note.Verifier
	for _, line := range strings.Split(string(policy), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "log" {
			verifier, err := note.NewVerifier(words[1])
			must(err)
			verifiers = append(verifiers, verifier)
		}
		if len(words) > 2 && words[0] == "witness" {
			name, rest, _ := strings.Cut(words[2], "+")
			_, key64, _ := strings.Cut(rest, "+")
			key, err := base64.StdEncoding.DecodeString(key64)
			must(err)
			id := sha256.Sum256(append([]byte(name+"\n"), key...))
			verifiers = append(verifiers, cosigner{name, binary.BigEndian.Uint32(id[:]), key[1:]})
		}
	}
	top, head, _ := bytes.Cut(proof, []byte("\n\n"))
	opened, err := note.Open(head, note.VerifierList(verifiers...))
	must(err)
	// Go's parser knows one origin only; ours is in the signed text all the same.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(opened.Text, "\n", 2)[1]))
	must(err)
	lines := strings.Split(string(top), "\n")
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	var index int64
	_, err = fmt.Sscanf(lines[2], "index %d", &index)
	must(err)
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		path = append(path, hash)
	}
	must(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	fmt.Printf("entry %d of %d is in the log; signed by:\n", index, tree.N)
	for _, signature := range opened.Sigs {
		fmt.Println(" ", signature.Name)
	}
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Checks a signed checkpoint, inclusion proofs and a consistency proof with golang.org/x/mod, which is none of our
// code. Reads one JSON object from standard input; prints "ok", or what does not hold, and exits with 1.
package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index  int64    `json:"index"`
	Entry  string   `json:"entry"`
	Hashes []string `json:"hashes"`
}

type consistency struct {
	Old    int64    `json:"old"`
	Root   string   `json:"root"`
	Hashes []string `json:"hashes"`
}

type question struct {
	Key         string        `json:"key"`
	Checkpoint  string        `json:"checkpoint"`
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
}

func fail(format string, values ...interface{}) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

func hash(text string) (found tlog.Hash) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != tlog.HashSize {
		fail("no hash: %q", text)
	}
	copy(found[:], data)
	return found
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail("no question: %v", err)
	}
	key, err := note.NewVerifier(asked.Key)
	if err != nil {
		fail("key: %v", err)
	}
	opened, err := note.Open([]byte(asked.Checkpoint), note.VerifierList(key))
	if err != nil {
		fail("note: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != key.Name() {
		fail("the checkpoint is of %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size: %v", err)
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		fail("root: %v", err)
	}
	head := hash(hex.EncodeToString(root))
	for _, one := range asked.Inclusion {
		leaf := tlog.RecordHash([]byte(one.Entry))
		if err := tlog.CheckRecord(hashes(one.Hashes), size, head, one.Index, leaf); err != nil {
			fail("entry %d: %v", one.Index, err)
		}
	}
	for _, one := range asked.Consistency {
		if err := tlog.CheckTree(hashes(one.Hashes), size, head, one.Old, hash(one.Root)); err != nil {
			fail("consistency from %d: %v", one.Old, err)
		}
	}
	fmt.Println("ok")
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteLine(t *testing.T) {
	var text strings.Builder
	out := bufio.NewWriter(&text)
	for _, data := range []string{`{"id":"1"}`, "{\n  \"id\": \"a\\nb\",\r\n  \"n\": 1.50\n}"} {
		require.NoError(t, writeLine(out, json.RawMessage(data)))
	}
	require.NoError(t, out.Flush())
	assert.Equal(t, "{\"id\":\"1\"}\n{\"id\":\"a\\nb\",\"n\":1.50}\n", text.String())
}

// A file is known by its first and its last bytes, up to the position.
func TestChecksum(t *testing.T) {
	file := bytes.Repeat([]byte("x"), 300<<10)
	size := int64(len(file) - 10)
	sum := func(changed int) string {
		file := bytes.Clone(file)
		file[changed]++
		sum, err := checksum(bytes.NewReader(file), size)
		require.NoError(t, err)
		return sum
	}
	whole, err := checksum(bytes.NewReader(file), size)
	require.NoError(t, err)
	for _, changed := range []int{0, 64<<10 - 1, int(size) - 64<<10, int(size) - 1} {
		assert.NotEqual(t, whole, sum(changed), changed)
	}
	for _, changed := range []int{150 << 10, int(size)} {
		assert.Equal(t, whole, sum(changed), changed)
	}
}

func TestPosition(t *testing.T) {
	want := position{12, "5f0c", "1a2b", "a:b"}
	got, ok := parsePosition(want.String())
	assert.True(t, ok)
	assert.Equal(t, want, got)
	for _, value := range []string{"", "a:b", "file:", "file:1:2:3", "file:-1:2:3:4", "file:x:2:3:4", "file:1:2:3:", "file:0:2:3:4"} {
		_, ok := parsePosition(value)
		assert.False(t, ok, value)
	}
}

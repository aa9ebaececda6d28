// Tests digests, files, textproto and records.
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/text_proto.h"
#include "nas/cell.pb.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

std::string Path(const std::string& name) { return testing::TempDir() + name; }

TEST(DigestTest, KnownAnswers) {  // FIPS 180-2
  EXPECT_EQ(Sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256(""),
            "e3b0c44298fc1c149afbf4c8996fb924"
            "27ae41e4649b934ca495991b7852b855");
}

TEST(FileTest, WritesAndReadsAndLimits) {
  const std::string path = Path("a.bin");
  const std::string bytes("\0x\n", 3);
  ASSERT_TRUE(WriteFile(path, bytes).ok());
  EXPECT_EQ(*ReadFile(path), bytes);
  EXPECT_THAT(ReadFile(path, 2).status().message(),
              HasSubstr("expected at most 2 bytes, found 3"));
  EXPECT_THAT(ReadFile(Path("missing")).status().message(),
              HasSubstr("missing: cannot open: No such file"));
  EXPECT_THAT(ReadFile(testing::TempDir()).status().message(),
              HasSubstr("regular file"));
}

TEST(TextProtoTest, IsStrict) {
  Skeleton skeleton;
  EXPECT_TRUE(
      ParseTextProto("s", "channels: 8 cells_per_stage: 1", &skeleton).ok());
  const auto error = [&](const char* text) {
    return std::string(
        ParseTextProto("s.textproto", text, &skeleton).message());
  };
  EXPECT_THAT(error("channels: 8"), HasSubstr("cells_per_stage"));
  EXPECT_THAT(error("channels: 8\nwidth: 3"), HasSubstr("s.textproto:2:"));
  EXPECT_THAT(error("channels: 8\nwidth: 3"), HasSubstr("\"width\""));
  EXPECT_THAT(error("channels: 'a'"), HasSubstr("s.textproto:1:11"));
  EXPECT_THAT(error("channels: -1"), HasSubstr("s.textproto:1:11"));
  EXPECT_THAT(error("channels: 8 channels: 9"), HasSubstr("channels"));
}

TEST(TextProtoTest, SkipsAByteOrderMark) {
  Skeleton skeleton;
  const std::string text = "channels: 8 cells_per_stage: 1";
  ASSERT_EQ(ParseTextProto("s", "\xef\xbb\xbf" + text, &skeleton),
            absl::OkStatus());
  EXPECT_EQ(skeleton.channels(), 8);
  // Only one, and only at the start.
  for (const std::string& other :
       {"\xef\xbb\xbf\xef\xbb\xbf" + text, text + "\xef\xbb\xbf"}) {
    EXPECT_FALSE(ParseTextProto("s", other, &skeleton).ok()) << other;
  }
}

TEST(TextProtoTest, SaysWhatAnotherFileLooksLike) {
  Skeleton skeleton;
  EXPECT_THAT(ParseTextProto("s", "<!DOCTYPE html>", &skeleton).message(),
              HasSubstr("it looks like an HTML page"));
  EXPECT_THAT(ParseTextProto("s", "{\"channels\": 8}", &skeleton).message(),
              HasSubstr("it looks like JSON"));
}

TEST(TextProtoTest, IsUtf8) {
  Provenance provenance;
  EXPECT_EQ(ParseTextProto("p",
                           "schema_version: 1 producer: '\xe9' "
                           "numeric_profile: 'portable'",
                           &provenance),
            absl::InvalidArgumentError("p: field producer: expected text in "
                                       "UTF-8, found \"\\xe9\""));
}

TEST(RecordTest, RoundTripAndRefusals) {
  Provenance provenance =
      MakeProvenance("test", "portable", {{"recipe", "r"}, {"dataset", "d"}});
  EXPECT_EQ(provenance.inputs(0).role(), "dataset");
  EXPECT_EQ(provenance.inputs(0).sha256(), Sha256("d"));
  EXPECT_EQ(InputOfRole(provenance, "recipe"), Sha256("r"));
  EXPECT_EQ(InputOfRole(provenance, "weights"), "");
  const std::string bytes = SerializeRecord(provenance);
  Provenance read;
  ASSERT_TRUE(ParseRecord("p", bytes, &read).ok());
  EXPECT_EQ(SerializeRecord(read), bytes);
  // Cut anywhere, it does not parse, misses a field, or is shorter by a whole
  // input: never an equal message.
  for (size_t n = 0; n < bytes.size(); ++n) {
    if (ParseRecord("p", bytes.substr(0, n), &read).ok()) {
      EXPECT_LT(read.inputs_size(), 2) << n;
    }
  }
  EXPECT_THAT(ParseRecord("p.binpb", "\xff\xff", &read).message(),
              HasSubstr("p.binpb: not a valid Provenance"));
  EXPECT_THAT(ParseRecord("p.binpb", bytes + "\x78\x01", &read).message(),
              HasSubstr("fields that it does not have"));
  EXPECT_THAT(ParseRecord("p.binpb", "", &read).message(),
              HasSubstr("it looks like an empty file"));
  EXPECT_THAT(ParseRecord("p.binpb", "<html>", &read).message(),
              HasSubstr("it looks like an HTML page"));
  EXPECT_THAT(
      ParseRecord("p.binpb", "version https://git-lfs", &read).message(),
      HasSubstr("it looks like a Git LFS pointer"));
  provenance.set_schema_version(99);
  EXPECT_THAT(CheckSchema("p.binpb", provenance).message(),
              HasSubstr("schema_version: expected 1, found 99"));
}

}  // namespace
}  // namespace robbench

#include "analysis/text/escape.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "nas/base/utf8.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

TEST(Csv, QuotesWhatRfc4180SaysAndNothingElse) {
  EXPECT_EQ(CsvLine({"a", "b c", "-1.5", "|x~0|"}), "a,b c,-1.5,|x~0|\n");
  EXPECT_EQ(CsvLine({"a,b", "say \"hi\"", "two\nlines", "cr\r"}),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\r\"\n");
  EXPECT_EQ(CsvLine({"", ""}), ",\n");
  EXPECT_EQ(CsvLine({""}), "\"\"\n");
  EXPECT_EQ(CsvCode("000211"), "c000211");
}

TEST(Html, HoldsInTextAndAttributes) {
  EXPECT_EQ(EscapeHtml("<b> & \"q\" 'a'"),
            "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;");
  EXPECT_EQ(EscapeHtml(std::string("a\0b\x1b", 4)), "a b ");
}

TEST(Anchor, IsOneToOneAndPlain) {
  EXPECT_EQ(AnchorName("imagenet16_120"), "imagenet16_120");
  EXPECT_EQ(AnchorName("a \"b\""), "a.20.22b.22");
  EXPECT_NE(AnchorName("a.20"), AnchorName("a "));
}

TEST(Json, IsReadBackAndHoldsNoTag) {
  for (const std::string& text :
       {std::string("</script>\"\\\n\t"), std::string("a\0b", 3),
        std::string("größer")}) {
    EXPECT_EQ(nlohmann::json::parse(JsonQuoted(text)).get<std::string>(), text);
    EXPECT_FALSE(absl::StrContains(JsonQuoted(text), "<"));
  }
  EXPECT_EQ(nlohmann::json::parse(JsonQuoted("a\xff")).get<std::string>(),
            "a\xef\xbf\xbd");
}

TEST(Markdown, HasNoMarkup) {
  EXPECT_EQ(EscapeMarkdown("a|b\\|c\n# [x](y) *_`<i>&amp;"),
            "a\\|b\\\\\\|c \\# \\[x\\](y) \\*\\_\\`&lt;i&gt;&amp;amp;");
}

TEST(Latex, HasNoCommandsOfItsOwn) {
  EXPECT_EQ(EscapeLatex("50% of $x_1^2$ & \\input{a}\n~[*]#"),
            "50\\% of \\$x\\_1\\textasciicircum{}2\\$ \\& "
            "\\textbackslash{}input\\{a\\} \\textasciitilde{}{[}{*}{]}\\#");
  EXPECT_EQ(EscapeLatex("ε ≠ |"), "$\\varepsilon$ ≠ \\textbar{}");
}

TEST(Gnuplot, HasNoCommandsAndNoFormats) {
  EXPECT_EQ(GnuplotQuoted("a\"b\\c\n`id`%g"),
            "\"a\\\"b\\\\c\\n\\140id\\140%g\"");
  EXPECT_EQ(GnuplotTic("%g\""), "\"%%g\\\"\"");
  EXPECT_EQ(OneLine("a\nquit\r"), "a quit ");
}

TEST(Dot, IsText) {
  EXPECT_EQ(DotQuoted("a\"b\\N\n&lt;"), "\"a\\\"b\\\\N\\n&amp;lt;\"");
}

TEST(Sql, IsOneName) {
  EXPECT_EQ(SqlName("a\"; DROP TABLE x;--"), "\"a\"\"; DROP TABLE x;--\"");
  EXPECT_EQ(SqlText("it's"), "'it''s'");
  EXPECT_EQ(SqlName(std::string("a\0b", 3)), "\"ab\"");
}

// Every escaper gives UTF-8 whatever it gets.
TEST(Escape, GivesUtf8) {
  const std::string wrong = "a\xff\xc0\xaf\xed\xa0\x80 b";
  for (const std::string& text :
       {CsvLine({wrong}), EscapeHtml(wrong), JsonQuoted(wrong),
        EscapeMarkdown(wrong), EscapeLatex(wrong), GnuplotQuoted(wrong),
        GnuplotTic(wrong), OneLine(wrong), DotQuoted(wrong)}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_TRUE(absl::StrContains(text, "\xef\xbf\xbd"));
  }
}

TEST(Utf8, IsToldApart) {
  for (const char* good : {"", "abc", "ε", "€", "😀", "\x7f"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "a\xff"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

}  // namespace
}  // namespace robbench

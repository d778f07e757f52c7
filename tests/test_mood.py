"""How texts feel: exact values for the rules, and a hand-labelled set that the lexicons must not get wrong."""

import pytest

from bot.text import features

GLAD = """
Thank you so much, that solved it!
This course is amazing, I learned a lot.
I love how you explain things.
Great answer, very helpful.
Happy to be here, what a friendly community
Congrats on finishing, well done!
That was fun, can't wait for the next session
works perfectly now, you are a genius
I really enjoyed yesterday's talk
nice work everyone :)
This is the best explanation I have seen
so excited to start
not bad at all
I'm glad I asked
谢谢你，讲得很清楚
这门课太棒了，收获很大
老师很耐心，非常感谢
终于搞定了，开心
推荐大家都来听，值得
讲得通俗易懂，喜欢
这个社群氛围真好
太有用了，学到很多
恭喜恭喜，加油！
今天的分享很精彩
非常满意，还会再来
不错不错，很实用
大家都很热情，很温暖
超级期待下一节课
""".strip().splitlines()
LOW = """
This is useless and boring
I am so frustrated, nothing makes sense
worst course I have ever paid for
I hate this tool
The answer was not helpful
I feel sad and alone with this
what a waste of money
I'm disappointed, I expected more
That was rude and unfair
this is terrible, I give up
I am angry about the price
not good, not good at all
Sadly nobody cares here :(
so annoying, I want to cancel
这门课太差了，浪费时间
讲得很无聊，失望
客服态度恶劣，气死我了
根本听不懂，很烦
太坑了，骗钱的
我很难过，没人回答
价格太贵，不值
内容枯燥乏味，后悔买了
垃圾课程，千万别买
好累，好焦虑
不好用，经常卡死
体验很糟糕
不推荐，浪费钱
真的很讨厌这样
""".strip().splitlines()
NEITHER = """
Where is the link to lesson three?
Install Python 3.11 and run the tests
The meeting is at six
I have an error in line 20, the process was killed
see the second chapter of the book
请问第三课在哪里？
今晚八点开始直播
安装好以后运行一下
老师好，大家早上好
我在北京，你们呢
""".strip().splitlines()


@pytest.mark.parametrize("text", GLAD)
def test_a_glad_text_is_above_nothing(text: str) -> None:
    assert features(text).mood > 0


@pytest.mark.parametrize("text", LOW)
def test_a_low_text_is_below_nothing(text: str) -> None:
    assert features(text).mood < 0


@pytest.mark.parametrize("text", NEITHER)
def test_a_text_of_matters_feels_like_nothing(text: str) -> None:
    assert abs(features(text).mood) <= 10


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("", 0),
        ("helpful", 46),
        ("very helpful", 54),
        ("not helpful", -36),
        ("isn't that helpful", -36),
        ("HELPFUL!!!", 46),
        ("not in the least to me but helpful", 46),  # too far away to be denied
        ("<3", 36),
        (":-(", -36),
        ("😡", -36),
        ("好", 46),
        ("不好", -46),
        ("你好", 0),
        ("很好", 46),
        ("喜欢", 46),
        ("不喜欢", -46),
        ("没有喜欢", -36),
    ],
)
def test_the_mood_is_exactly(text: str, mood: int) -> None:
    assert features(text).mood == mood


@pytest.mark.parametrize(
    ("text", "mood"),
    [("std::deque", 0), ("log:debug", 0), ("url:path", 0), ("done :D", 36), ("so :p.", 36), (":(", -36)],
)
def test_a_face_is_no_part_of_a_word(text: str, mood: int) -> None:
    assert features(text).mood == mood


def test_it_ends_within_its_bounds() -> None:
    assert features("love " * 100).mood == 100
    assert features("恨死" * 100).mood == -100

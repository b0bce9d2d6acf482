"""What authors of studies write for the book of screenshots, in each language that it is taken in."""

# ruff: noqa: E501, RUF001 - texts of many scripts, a line each

from typing import Any


def study_texts(words: str) -> dict[str, Any]:
    """Lay out the texts of a study: a line each; the parts of consent, anchors and answers stand between strokes."""
    title, summary, instructions, consent, anchors, question, about, ages = words.strip().splitlines()
    young, old = ages.split("|")
    return {
        "title": title,
        "summary": summary,
        "instructions": instructions,
        "consent_text": consent.replace("|", "\n\n"),
        "scale_labels": dict(zip(("1", "3", "5"), anchors.split("|"), strict=True)),
        "profile_questions": [
            {
                "key": "age",
                "label": question,
                "help": about,
                "options": [{"value": "18", "label": young}, {"value": "30", "label": old}],
            }
        ],
    }


TEXTS: dict[str, dict[str, Any]] = {
    "en": study_texts(
        """
Light and colour in landscapes
Drawn landscapes, still lifes and posters: which of them would you hang on your wall?
Look at the whole picture, then follow your first impression. There is no right answer.
We ask how people differ in what they like.|Your ratings and the time each one took are stored under a made-up name. You can stop at any time, and delete everything under My data.
Not for me|All right|I love it
How old are you?
A range is enough.
18 to 29|30 or older
"""
    ),
    "ar": study_texts(
        """
الضوء واللون في المناظر الطبيعية
مناظر طبيعية وطبيعة صامتة وملصقات مرسومة: أيها تعلقه على جدارك؟
انظر إلى الصورة كلها، ثم اتبع انطباعك الأول. لا توجد إجابة صحيحة.
نسأل كيف يختلف الناس فيما يعجبهم.|تُحفظ تقييماتك ومدة كل منها تحت اسم مستعار. يمكنك التوقف في أي وقت وحذف كل شيء.
لا يعجبني|لا بأس|يعجبني جدا
كم عمرك؟
يكفي نطاق تقريبي.
من 18 إلى 29|30 أو أكثر
"""
    ),
    "de": study_texts(
        """
Licht und Farbe in Landschaftsbildern
Gezeichnete Landschaften, Stillleben und Plakate: Was davon käme bei Ihnen an die Wand?
Sehen Sie sich das ganze Bild an und folgen Sie dem ersten Eindruck. Richtig oder falsch gibt es nicht.
Wir fragen, worin sich der Geschmack von Menschen unterscheidet.|Ihre Bewertungen und die Zeit, die jede gedauert hat, werden unter einem erfundenen Namen gespeichert. Sie können jederzeit aufhören und alles löschen.
Gefällt mir überhaupt nicht|Mittelmäßig|Gefällt mir außerordentlich
Wie alt sind Sie?
Ein Bereich genügt.
18 bis 29|30 oder älter
"""
    ),
    "ja": study_texts(
        """
風景画の光と色
描かれた風景、静物、ポスター。壁に飾りたいのはどれですか。
絵の全体を見て、最初の印象で答えてください。正解はありません。
人の好みがどう違うかを調べています。|評価と、それぞれにかかった時間は、仮の名前で保存されます。いつでもやめることができ、すべてを削除できます。
好きではない|ふつう|とても好き
年齢を教えてください。
おおよそで構いません。
18～29歳|30歳以上
"""
    ),
    "zh-hans": study_texts(
        """
风景画中的光与色
手绘的风景、静物和海报：你会把哪一幅挂在墙上？
请看完整张图片，然后凭第一印象作答。没有标准答案。
我们想了解人们的喜好有何不同。|你的评分和每次所用的时间会以化名保存。你可以随时停止，并删除全部内容。
不喜欢|一般|非常喜欢
你的年龄？
大致范围即可。
18 至 29 岁|30 岁及以上
"""
    ),
    "hi": study_texts(
        """
भूदृश्यों में प्रकाश और रंग
बनाए गए भूदृश्य, वस्तु-चित्र और पोस्टर: इनमें से किसे आप अपनी दीवार पर लगाएँगे?
पूरा चित्र देखिए, फिर अपनी पहली छाप के अनुसार उत्तर दीजिए। कोई सही उत्तर नहीं है।
हम जानना चाहते हैं कि लोगों की पसंद कैसे अलग होती है।|आपकी रेटिंग और हर रेटिंग में लगा समय एक काल्पनिक नाम से रखा जाता है। आप कभी भी रुक सकते हैं और सब कुछ हटा सकते हैं।
पसंद नहीं|ठीक है|बहुत पसंद
आपकी उम्र क्या है?
मोटा अनुमान काफ़ी है।
18 से 29|30 या अधिक
"""
    ),
    "ko": study_texts(
        """
풍경화의 빛과 색
그린 풍경, 정물, 포스터: 어느 것을 벽에 걸고 싶나요?
그림 전체를 본 다음 첫인상대로 답해 주세요. 정답은 없습니다.
사람마다 좋아하는 것이 어떻게 다른지 묻습니다.|평가와 각 평가에 걸린 시간은 가명으로 저장됩니다. 언제든지 그만두고 모두 삭제할 수 있습니다.
마음에 들지 않음|보통|매우 마음에 듦
나이가 어떻게 되나요?
대략적인 범위면 됩니다.
18~29세|30세 이상
"""
    ),
}
LAST_QUESTIONS: dict[str, dict[str, Any]] = {
    "en": {"label": "How was it?", "options": ["Good", "Too long"], "remarks": "Anything else?"},
    "ar": {"label": "كيف كانت التجربة؟", "options": ["جيدة", "طويلة جدا"], "remarks": "هل تود إضافة شيء؟"},
    "de": {"label": "Wie war es?", "options": ["Gut", "Zu lang"], "remarks": "Möchten Sie noch etwas sagen?"},
    "ja": {"label": "いかがでしたか。", "options": ["よかった", "長すぎた"], "remarks": "ほかに何かありますか。"},
    "zh-hans": {"label": "感觉如何？", "options": ["不错", "太长"], "remarks": "还有什么想说的吗？"},
    "hi": {"label": "कैसा रहा?", "options": ["अच्छा", "बहुत लंबा"], "remarks": "और कुछ कहना है?"},
    "ko": {"label": "어땠나요?", "options": ["좋았어요", "너무 길었어요"], "remarks": "더 하실 말씀이 있나요?"},
}
NEW_CONSENT = {
    "en": "We ask how people differ in what they like.\n\nYour ratings and the time each one took are stored and "
    "published under a made-up name. You can stop at any time.",
    "ar": "نسأل كيف يختلف الناس فيما يعجبهم.\n\nتُحفظ تقييماتك ومدة كل منها وتُنشر تحت اسم مستعار. "
    "يمكنك التوقف في أي وقت.",
    "de": "Wir fragen, worin sich der Geschmack von Menschen unterscheidet.\n\nIhre Bewertungen und die Zeit, die jede "
    "gedauert hat, werden unter einem erfundenen Namen gespeichert und veröffentlicht. Sie können jederzeit aufhören.",
    "ja": "人の好みがどう違うかを調べています。\n\n評価と、それぞれにかかった時間は、仮の名前で保存され、公開されます。"
    "いつでもやめることができます。",
    "zh-hans": "我们想了解人们的喜好有何不同。\n\n你的评分和每次所用的时间会以化名保存并公开。你可以随时停止。",
    "hi": "हम जानना चाहते हैं कि लोगों की पसंद कैसे अलग होती है।\n\nआपकी रेटिंग और हर रेटिंग में लगा समय एक काल्पनिक नाम से रखा और "
    "प्रकाशित किया जाता है। आप कभी भी रुक सकते हैं।",
    "ko": "사람마다 좋아하는 것이 어떻게 다른지 묻습니다.\n\n평가와 각 평가에 걸린 시간은 가명으로 저장되고 공개됩니다. "
    "언제든지 그만둘 수 있습니다.",
}
SHOWS_TASTE = {
    "en": "You may see what was learned of your taste.",
    "ar": "يمكنك رؤية ما عُرف عن ذوقك.",
    "de": "Sie dürfen sehen, was über Ihren Geschmack gelernt wurde.",
    "ja": "あなたの好みについて分かったことを見ることができます。",
    "zh-hans": "你可以看到我们了解到的你的喜好。",
    "hi": "आप देख सकते हैं कि आपकी पसंद के बारे में क्या जाना गया।",
    "ko": "당신의 취향에 대해 알아낸 것을 볼 수 있습니다.",
}

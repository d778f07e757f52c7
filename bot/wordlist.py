"""Everyday words: what every real text is full of and a heap of words is not.

`COMMON` has the most frequent function words of the larger languages in Latin script, what people say in chats, and the
most frequent Chinese characters, simplified and traditional. In English and Chinese two words in five are among them;
of words picked by chance hardly any is. To add a language, add its line. The lists are our own, of words that any
frequency list of the language begins with.
"""

from zlib import crc32


def token(word: str) -> int:
    """What stands for a word where texts are compared: a number of 32 bits, as in `Features.sketch`."""
    return crc32(word.encode("utf-8", "surrogatepass"))


_LATIN = """
a an the and or but if so as at by for from in into of off on out over to up with about after before than then that this
these those there here is am are was were be been being do does did done have has had having will would can could should
shall may might must not no yes yeah yep nope ok okay i me my mine you your yours he him his she her it its we us our
they them their what which who whom whose when where why how all any both each few more most some such only own same too
very just also now still even again get got go going goes went come make made know think see say said want need use used
like one two new good well much many because while dont doesnt didnt cant wont im ive its thats whats lets don t s m ll
re ve d isn doesn didn won couldn hi hello hey thanks thank please sorry lol haha oh ah hmm sure right
el la los las un una unos unas de del en y o que se es no su por con para lo como más pero sus le ya sí porque muy sin
sobre este ser son está hay yo tu me mi nos te qué cuando donde
le les des du au aux et ou est sont dans ce cette ces il elle on nous vous ils je tu pas ne plus pour par sur avec
qui mais comme tout être avoir fait bien très oui non c qu j n d l
der die das den dem ein eine einen einem und oder ist sind war nicht ich du er sie es wir ihr mit auf für von zu im in
an auch noch aber wie was wenn dass hat haben kann so nur schon mal ja nein
o os as um uma do da dos das em no na não é por mais mas foi ele ela eu você seu sua isso com
il lo gli i di che è non per una sono mi si ma anche come più questo ho hai
de het een en van ik je niet dat die is op te zijn voor met maar ook
w z na do nie jest to że się jak ale o po co za tak od czy już
yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke saya ada bisa apa
bir ve bu da ne için çok ama var mi ben sen o gibi daha
và là của có không cho một được các tôi này với trong người
och att det som en på är av för med den till inte jag har de i om
on ja ei se että oli en mutta niin kun
"""
_CHINESE = (
    "的一是了我不在人有他这这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于"
    "心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位"
    "分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感啊吗呢吧哦嗯哈呀啦嘛喔谢请问吃再让买点钱怎做叫"
    "今明早晚真太怕懂觉应该需请找听见等快慢哪谁您咱呗额哎喂您每件写读课题答解问教"
    "這個來時為說國著會裡後過對學麼沒還樣從無現經長兒愛給間兩進話與嗎謝請買點錢應該聽見誰寫讀課題問實們發當種開總"
)

COMMON = frozenset(_LATIN.split()) | frozenset(_CHINESE)
"""All of them; a Chinese word is one character, as `bot/text.py` cuts it."""
_THANKS = """
thanks thank thankyou thx tysm ty cheers merci gracias danke obrigado obrigada grazie спасибо
"""
THANKS = frozenset(_THANKS.split())
"""Words that give thanks; "thank" does it with "you" or "u" alone."""
THANKS_WITHIN = ("谢谢", "謝謝", "感谢", "感謝", "多谢", "多謝", "谢啦", "谢了", "ありがとう", "감사")
"""The same in scripts that are written without spaces."""

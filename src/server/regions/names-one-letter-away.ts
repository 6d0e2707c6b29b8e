/**
 * Districts and villages whose name is one letter away from a name that this folder understands: whoever writes "Sukaraja" did not
 * mistype Sokaraja, so such a word is asked back and not corrected. Without spaces. Reckoned from the districts and villages of
 * idn-area-data (data under ODbL) whenever the names change.
 */
export const namesOneLetterAway: ReadonlySet<string> = new Set(
  `
  airmandidi bagikpapan bajangan balairaja balanga balareja balongan bandarbaru bangkala bangkalao bangkaltengah
  bangkobarat bangsalan banjarwaru bantang banteng banumas banyuasih banyuasini bapangan barangan batangan batangsari
  batubarat batubasa batukara baturajar baturapa baturata bawangan belatung belitang beliung bengkilu bilangan bingkulu
  bintunan bukittingki bukuselatan bulangan bulukumpa butungan cikajang cikalang cikarag cileungsir cubinong dongkala
  dunggala enrekeng ganungkidul gedungtataan grojogan indrajaya intenjaya jagapura jawatongah jayaputra kacongan
  kaduagung kajongan kalanganyar kalinda kalongan kamongan kandang kanyangan kapongan karanganyari karanganyer
  karangmanyar karawana kartapura kasengan katapang katiagan katongan kelungkung kepahyang kepanjin kerawang kertasura
  ketabang ketapangi ketaping ketawang keutapang kolanautara kolonodale kotabatu kotabiru kotaraja kotobaru krandang
  kualapembuangi kualasempang kunangan kutabarat kutabaru kutabumi kutapinang kutaraya labuhanbaru labuhanratu lamajang
  lamanda lewolema lewoloba lowuutara lubukpakami luwuktimur luwukutara maelang magelung manggala manggalai manggari
  margapura mendawai menggawa mentawak morosari muarabahan muaradun muarakaman muaratubo padangpanyang pagardalam
  pageralam pakalongan pamekaran panekasan panyabungani panyaungan pariama paringan paritaman pasirpengarayan pasuruhan
  pecalongan pegalongan pejawaran pekalangan pemalongan pematang penyabungan pepalang pesawahan petalongan pokanbaru
  polewalie prabumulihi purborejo purorejo purwadadi purwakarya purwoadi sakatiga samarang samarenda samatiga saumlaki
  semaran semayang semedang sengkong sengkuang sibuluan sidoharjo siengkang singabraja singarajan singaraya singasari
  sokoharjo solorselatan sukabudi sukadanau sukadaya sukaharjo sukamana sukamarga sukaraja sukarara sukawana sukoharjoi
  sulabesibarat sulabesiselatan sulabesitengah sungaibenuh surabayan surajaya suralaya surojoyo suryakarta takatidung
  tanahgaro tanamerah tangeran tanggerang tangirang tangkerangselatan tanjungalai tanjungandan tanjungbalam tanjungbalau
  tanjungbali tanjungbarang tanjungkalang tanjungkerang tanjungpinangi tanjungpisang telukdalem temanggungi temenggung
  tenggarang tobingtinggi toliwang ujungpadang ujungpandan wainyapu wonoasri wonosoco wonosri
`
    .trim()
    .split(/\s+/),
)

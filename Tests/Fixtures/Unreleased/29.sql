SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE SCHEMA helpdesk;

COMMENT ON SCHEMA helpdesk IS 'TacoHelp''s tables. Operators use the functions and views of the schema ops.';

CREATE SCHEMA migrations;

COMMENT ON SCHEMA migrations IS 'Which of TacoHelp''s migrations this database has.';

CREATE SCHEMA ops;

COMMENT ON SCHEMA ops IS 'TacoHelp''s functions and views for operators: \df+ ops.* and \dv+ ops.* explain them. An upgrade replaces these and leaves whatever else is here.';

CREATE FUNCTION helpdesk.admit(hashes bytea[], wants integer[]) RETURNS TABLE(hash bytea, org_id text, key_id text, plan text, scopes text[], last_used_at timestamp with time zone, rate_limit integer, admitted integer, remaining integer, frees_at timestamp with time zone, at timestamp with time zone)
    LANGUAGE plpgsql STRICT
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  k record;
  at_slot bigint;
  shift int;
  past int;
  was_ahead boolean;
begin
  -- Rows are locked in the order of the hashes, so that two batches cannot deadlock.
  for k in
    select u.hash, u.n, a.org_id, a.id, o.plan, a.scopes, a.rate_limit, a.last_used_at,
           r.version, r.hits, r.slots, r.last_slot, r.used
      from unnest(hashes, wants) as u (hash, n)
      -- Each by its index, whatever size the tables had when this was planned.
      cross join lateral (
        select a.hash, a.org_id, a.id, a.scopes, a.rate_limit, a.last_used_at
          from helpdesk.api_keys a
         where a.hash = u.hash and a.revoked_at is null
           and (a.expires_at is null or a.expires_at > clock_timestamp()) offset 0
      ) a
      cross join lateral (
        select o.plan from helpdesk.organizations o where o.id = a.org_id offset 0
      ) o
      left join lateral (
        select * from helpdesk.rate_limits r
         where r.org_id = a.org_id and r.key_id = a.id offset 0
      ) r on true
     order by u.hash
  loop
    hash := k.hash;
    loop
      at := clock_timestamp();
      if k.version is null then
        insert into helpdesk.rate_limits (org_id, key_id) values (k.org_id, k.id)
        on conflict do nothing;
      else
        if k.rate_limit <= 1000 then
          was_ahead := coalesce(k.hits[cardinality(k.hits)] > at, false);
          if was_ahead then
            past := width_bucket(at, k.hits);
            k.hits := k.hits[: past] || array_fill(at, array[cardinality(k.hits) - past]);
          end if;
          k.hits := k.hits[width_bucket(at - interval '60 s', k.hits) + 1 :];
          remaining := k.rate_limit - cardinality(k.hits);
          admitted := greatest(0, least(k.n, remaining));
          if admitted > 0 then
            k.hits := k.hits || array_fill(at, array[admitted]);
          end if;
          -- Under a limit that was lowered, more than one has to leave.
          frees_at := k.hits[greatest(1, cardinality(k.hits) - k.rate_limit + 1)] + interval '60 s';
          k.slots := '{}';
        else
          at_slot := floor(extract(epoch from at) * 10);
          was_ahead := k.last_slot > at_slot;
          if was_ahead then
            shift := least(k.last_slot - at_slot, 600);
            k.slots := array_fill(0, array[shift]) || k.slots[: 600 - shift]
              || (select sum(n)::int from unnest(k.slots[601 - shift :]) as later (n));
            k.last_slot := at_slot;
          end if;
          shift := least(at_slot - k.last_slot, 601);
          if cardinality(k.slots) = 0 or shift = 601 then
            k.slots := array_fill(0, array[601]);
            k.used := 0;
          elsif shift > 0 then
            k.used := k.used - (select sum(n) from unnest(k.slots[: shift]) as gone (n));
            k.slots := k.slots[shift + 1 :] || array_fill(0, array[shift]);
          end if;
          k.last_slot := at_slot;
          remaining := k.rate_limit - k.used;
          admitted := greatest(0, least(k.n, remaining));
          k.slots[601] := k.slots[601] + admitted;
          k.hits := '{}';
          k.used := k.used + admitted;
          -- A slot counts until 60 s after its end.
          shift := 1;
          while shift < 601 and k.slots[shift] = 0 loop shift := shift + 1; end loop;
          frees_at := to_timestamp((at_slot + shift) / 10.0);
        end if;

        -- Corrected moments are written even if nothing is admitted: they have to leave the window at last.
        if admitted > 0 or was_ahead then
          update helpdesk.rate_limits r
             set version = r.version + 1, hits = k.hits, slots = k.slots,
                 last_slot = k.last_slot, used = k.used
           where r.org_id = k.org_id and r.key_id = k.id and r.version = k.version;
        end if;
        if not (admitted > 0 or was_ahead) or found then
          org_id := k.org_id;
          key_id := k.id;
          plan := k.plan;
          scopes := k.scopes;
          last_used_at := k.last_used_at;
          rate_limit := k.rate_limit;
          remaining := greatest(0, remaining - admitted);
          return next;
          exit;
        end if;
      end if;

      -- Its first request, or another server was quicker: compute again from what is there now.
      select k.hash, k.n, a.org_id, a.id, o.plan, a.scopes, a.rate_limit, a.last_used_at,
             r.version, r.hits, r.slots, r.last_slot, r.used
        into k
        from helpdesk.api_keys a
        join helpdesk.organizations o on o.id = a.org_id
        left join lateral (
          select * from helpdesk.rate_limits r
           where r.org_id = a.org_id and r.key_id = a.id offset 0
        ) r on true
       where a.hash = k.hash and a.revoked_at is null
         and (a.expires_at is null or a.expires_at > clock_timestamp());
      exit when not found;
    end loop;
  end loop;
end
$$;

COMMENT ON FUNCTION helpdesk.admit(hashes bytea[], wants integer[]) IS 'Admits up to wants[i] requests of the key whose SHA-256 is hashes[i]. A row for each valid key; an unknown, revoked or expired key has none. A refusal writes nothing, but the first after the clock was set back: counted requests later than the clock then count as of now. frees_at: when the oldest counted request leaves the window.';

CREATE FUNCTION helpdesk.email_key(address text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((octet_length(address) = char_length(address)) OR ((address COLLATE "C") !~ '[µÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽſƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͅͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϐϑϕϖϘϚϜϞϠϢϤϦϨϪϬϮϰϱϴϵϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲈᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẛẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἈἉἊἋἌἍἎἏἘἙἚἛἜἝἨἩἪἫἬἭἮἯἸἹἺἻἼἽἾἿὈὉὊὋὌὍὙὛὝὟὨὩὪὫὬὭὮὯᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾸᾹᾺΆᾼιῈΈῊΉῌῘῙῚΊῨῩῪΎῬῸΌῺΏῼΩKÅℲⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅬⅭⅮⅯↃⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟐꟖꟘꟵꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕲𐕴𐕶𐕸𐕺𐕼𐕾𐖀𐖂𐖄𐖆𐖈𐖊𐖌𐖎𐖐𐖒𐖔𐕱𐕳𐕵𐕷𐕹𐕽𐕿𐖁𐖃𐖅𐖇𐖉𐖍𐖏𐖑𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡]'::text)) THEN lower((address COLLATE "C")) ELSE translate(lower((address COLLATE "C")), 'µÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽſƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͅͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϐϑϕϖϘϚϜϞϠϢϤϦϨϪϬϮϰϱϴϵϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲈᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẛẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἈἉἊἋἌἍἎἏἘἙἚἛἜἝἨἩἪἫἬἭἮἯἸἹἺἻἼἽἾἿὈὉὊὋὌὍὙὛὝὟὨὩὪὫὬὭὮὯᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾸᾹᾺΆᾼιῈΈῊΉῌῘῙῚΊῨῩῪΎῬῸΌῺΏῼΩKÅℲⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅬⅭⅮⅯↃⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟐꟖꟘꟵꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕲𐕴𐕶𐕸𐕺𐕼𐕾𐖀𐖂𐖄𐖆𐖈𐖊𐖌𐖎𐖐𐖒𐖔𐕱𐕳𐕵𐕷𐕹𐕽𐕿𐖁𐖃𐖅𐖇𐖉𐖍𐖏𐖑𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡'::text, 'μàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžsɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏιͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗβθφπϙϛϝϟϡϣϥϧϩϫϭϯκρθεϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭᏰᏱᏲᏳᏴᏵвдосттъѣꙋაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕṡßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢἣἤἥἦἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὑὓὕὗὠὡὢὣὤὥὦὧᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱὰάᾳιὲέὴήῃῐῑὶίῠῡὺύῥὸόὼώῳωkåⅎⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻⅼⅽⅾⅿↄⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊꟑꟗꟙꟶᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖙𐖛𐖝𐖟𐖡𐖣𐖥𐖧𐖩𐖫𐖭𐖯𐖱𐖳𐖵𐖷𐖹𐖻𐖘𐖚𐖜𐖞𐖠𐖤𐖦𐖨𐖪𐖬𐖮𐖰𐖴𐖶𐖸𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃'::text) END;

COMMENT ON FUNCTION helpdesk.email_key(address text) IS 'What e-mail addresses are compared by, with collate "C": Unicode''s simple case folding, the same in every locale.';

CREATE FUNCTION helpdesk.new_id(at timestamp with time zone) RETURNS text
    LANGUAGE plpgsql STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  ms bigint := floor(extract(epoch from at) * 1000);
  prefix text := '';
  random constant text := gen_random_uuid()::text;
begin
  for digit in 1..8 loop
    prefix := substr('0123456789abcdefghijklmnopqrstuvwxyz', (ms % 36)::int + 1, 1) || prefix;
    ms := ms / 36;
  end loop;
  -- Both slices lie outside a UUID's fixed version and variant bits.
  return 'c' || prefix || substr(random, 1, 8) || substr(random, 25, 8);
end
$$;

COMMENT ON FUNCTION helpdesk.new_id(at timestamp with time zone) IS 'An id: "c", eight base-36 digits of Unix milliseconds, 64 random bits in hexadecimal. Sorts by time.';

CREATE FUNCTION helpdesk.next_moment(last timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql PARALLEL SAFE
    RETURN GREATEST(clock_timestamp(), (date_trunc('milliseconds'::text, last) + '00:00:00.001'::interval));

COMMENT ON FUNCTION helpdesk.next_moment(last timestamp with time zone) IS 'The moment of a change of what last changed at "last": now, and later by a millisecond at least, which is what the API shows and what ids begin with. Also when the clock was set back.';

CREATE FUNCTION helpdesk.rfc3339(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char((at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text);

COMMENT ON FUNCTION helpdesk.rfc3339(at timestamp with time zone) IS 'RFC 3339 in UTC with milliseconds, cut, not rounded: 2026-03-17T09:30:00.000Z.';

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE helpdesk.endpoints (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    events text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    consecutive_failures integer DEFAULT 0 NOT NULL,
    disabled_at timestamp with time zone,
    disabled_reason text,
    replay_from timestamp with time zone,
    replay_until timestamp with time zone,
    submission text,
    deleted_at timestamp with time zone,
    failing_since timestamp with time zone,
    CONSTRAINT endpoints_consecutive_failures_check CHECK ((consecutive_failures >= 0)),
    CONSTRAINT endpoints_deleted_check CHECK (((deleted_at IS NULL) OR (disabled_at IS NOT NULL))),
    CONSTRAINT endpoints_disabled_check CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
    CONSTRAINT endpoints_events_check CHECK (((cardinality(events) > 0) AND (events <@ ARRAY['ticket.created'::text, 'ticket.updated'::text, 'ticket.commented'::text, 'ticket.resolved'::text, 'ticket.closed'::text, 'ticket.reopened'::text, 'ticket.merged'::text]))),
    CONSTRAINT endpoints_replay_check CHECK (((replay_from IS NULL) = (replay_until IS NULL))),
    CONSTRAINT endpoints_url_check CHECK ((((char_length(url) >= 1) AND (char_length(url) <= 2048)) AND (url ~ '^https?://'::text)))
)
WITH (fillfactor='80');

COMMENT ON TABLE helpdesk.endpoints IS 'Where an organization wants its events. Disabled by hand, by the circuit breaker or by a 410.';

COMMENT ON COLUMN helpdesk.endpoints.replay_from IS 'What is held, or failed from then until replay_until, is being sent again, a little at a time.';

COMMENT ON COLUMN helpdesk.endpoints.submission IS 'Which form of the console made the endpoint; null: none did.';

COMMENT ON COLUMN helpdesk.endpoints.deleted_at IS 'Since then nobody sees it and nothing is sent to it. Workers delete its deliveries, and at last its row.';

COMMENT ON COLUMN helpdesk.endpoints.failing_since IS 'When the first of consecutive_failures ended, while it is enabled; then, if they or a 410 disabled it, the first of the run that did. Null where a person disabled it.';

CREATE FUNCTION ops._add_secret(endpoint helpdesk.endpoints, secret_id text DEFAULT NULL::text, secret text DEFAULT NULL::text, key_id text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
  new_secret constant text :=
    coalesce(secret, 'whsec_' || encode(ops._random_bytes(), 'base64'));
begin
  insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, key_id, created_at)
  values (endpoint.org_id, coalesce(secret_id, helpdesk.new_id(at)), endpoint.id, new_secret, key_id, at);
  return new_secret;
end
$$;

COMMENT ON FUNCTION ops._add_secret(endpoint helpdesk.endpoints, secret_id text, secret text, key_id text) IS 'For the other functions: stores the current secret of an endpoint that has none, and returns it as stored. Without one it makes one, in plain text: the servers have the keys that seal, and a worker does it within seconds.';

CREATE FUNCTION ops._audit(org_id text, action text, target_id text, target_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
begin
  insert into helpdesk.audit_events
    (org_id, id, at, actor_name, action, target_id, target_name)
  values (org_id, helpdesk.new_id(at), at, 'an operator', action, target_id, target_name);
end
$$;

COMMENT ON FUNCTION ops._audit(org_id text, action text, target_id text, target_name text) IS 'For the other functions: writes what an operator did on the organization''s audit trail.';

CREATE FUNCTION ops._check_delivery(delivery_id text) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  perform ops._delivery(delivery_id);
end
$$;

COMMENT ON FUNCTION ops._check_delivery(delivery_id text) IS 'For tacohelp''s commands: P0002 unless the delivery exists, and its endpoint is not deleted.';

CREATE FUNCTION ops._check_endpoint(endpoint_id text) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if not exists (select from ops.endpoints e where e.endpoint_id = _check_endpoint.endpoint_id) then
    raise no_data_found using message = format('no webhook endpoint has the id %L', endpoint_id);
  end if;
end
$$;

COMMENT ON FUNCTION ops._check_endpoint(endpoint_id text) IS 'For tacohelp''s commands: P0002 unless the endpoint exists and is not deleted.';

CREATE FUNCTION ops._check_org(org_id text) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if not exists (select from helpdesk.organizations o where o.id = _check_org.org_id) then
    raise no_data_found using message = format('no organization has the id %L', org_id);
  end if;
end
$$;

COMMENT ON FUNCTION ops._check_org(org_id text) IS 'For the other functions: P0002 unless the organization exists.';

CREATE FUNCTION ops._checked_choices(argument text, choices text[], known text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  choice text;
begin
  if cardinality(choices) > 0 is not true then
    raise invalid_parameter_value using message =
      format('%s must name at least one of %s', argument, array_to_string(known, ', '));
  end if;
  foreach choice in array choices loop
    if choice = any (known) is not true then
      raise invalid_parameter_value using message =
        format('%s: %L is none of %s', argument, choice, array_to_string(known, ', '));
    end if;
  end loop;
  return array(
    select c.choice from unnest(choices) with ordinality as c (choice, place)
     group by c.choice order by min(c.place));
end
$$;

COMMENT ON FUNCTION ops._checked_choices(argument text, choices text[], known text[]) IS 'For the other functions: the choices, each once. 22023 if there are none or one is not known.';

CREATE FUNCTION ops._checked_events(events text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN ops._checked_choices('events'::text, events, ARRAY['ticket.created'::text, 'ticket.updated'::text, 'ticket.commented'::text, 'ticket.resolved'::text, 'ticket.closed'::text, 'ticket.reopened'::text, 'ticket.merged'::text]);

COMMENT ON FUNCTION ops._checked_events(events text[]) IS 'For the other functions: the events, each once. 22023 if there are none or one is not known.';

CREATE FUNCTION ops._checked_part(at_most integer) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if at_most between 1 and 100000 is not true then
    raise invalid_parameter_value using message =
      format('at_most must be from 1 to 100000, not %s', coalesce(at_most::text, 'null'));
  end if;
  return at_most;
end
$$;

COMMENT ON FUNCTION ops._checked_part(at_most integer) IS 'For the other functions: how many rows a part may have. 22023 unless it is from 1 to 100,000.';

CREATE FUNCTION ops._checked_plan(plan text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  upper_case constant text := upper(ops._checked_text('plan', plan, 100) collate "C");
begin
  if upper_case not in ('FREE', 'PRO', 'ENTERPRISE') then
    raise invalid_parameter_value using message =
      format('plan must be FREE, PRO or ENTERPRISE, not %L', plan);
  end if;
  return upper_case;
end
$$;

COMMENT ON FUNCTION ops._checked_plan(plan text) IS 'For the other functions: the plan in upper case. 22023 if there is no such plan.';

CREATE FUNCTION ops._checked_text(argument text, value text, longest integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  -- Unicode's White_Space, spelt out: no locale has a say.
  trimmed constant text := btrim(value,
    E'\t\n\u000B\f\r \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009'
    '\u200A\u2028\u2029\u202F\u205F\u3000');
begin
  if coalesce(trimmed, '') = '' then
    raise invalid_parameter_value using message = format('%s must not be blank', argument);
  elsif char_length(trimmed) > longest then
    raise invalid_parameter_value using message =
      format('%s must have at most %s characters, not %s', argument, longest, char_length(trimmed));
  end if;
  return trimmed;
end
$$;

COMMENT ON FUNCTION ops._checked_text(argument text, value text, longest integer) IS 'For the other functions: the value without white space around it. 22023 if it is blank or has more than longest characters.';

CREATE FUNCTION ops._checked_url(url text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  trimmed_url constant text := ops._checked_text('url', url, 2048);
  checked_url constant text := regexp_replace(
    regexp_replace(trimmed_url, '^https://', 'https://', 'i'), '^http://', 'http://', 'i');
  port constant numeric := substring(checked_url from '^https?://[^/?]*:([0-9]+)(?:[/?]|$)');
begin
  if checked_url !~ '^https?://([^][/?:@]+|[[][0-9A-Fa-f:.]+[]])(:[0-9]+)?([/?]|$)'
     or checked_url !~ '^[!-~]+$' or checked_url ~ E'[#\\\\]'
     or port not between 1 and 65535 then
    raise invalid_parameter_value using message = format(
      'url must be https://host, perhaps with port, path and query, in ASCII, without user info '
      'and fragment, not %L', url);
  end if;
  return checked_url;
end
$_$;

COMMENT ON FUNCTION ops._checked_url(url text) IS 'For the other functions: the URL, its scheme in lower case. 22023 unless it has the form of an endpoint''s; the sender checks the address at each attempt.';

CREATE FUNCTION ops._create_endpoint(org_id text, url text, events text[], submission text DEFAULT NULL::text, endpoint_id text DEFAULT NULL::text, secret_id text DEFAULT NULL::text, secret text DEFAULT NULL::text, key_id text DEFAULT NULL::text) RETURNS helpdesk.endpoints
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_url constant text := ops._checked_url(url);
  checked_events constant text[] := ops._checked_events(events);
  at constant timestamptz := clock_timestamp();
  most constant int := 50;
  live int;
  created helpdesk.endpoints;
begin
  perform ops._require_read_committed();
  -- One after the other, so that each counts those before it. Foreign keys do not wait for this lock.
  perform from helpdesk.organizations o where o.id = _create_endpoint.org_id for no key update;
  insert into helpdesk.endpoints (org_id, id, url, events, created_at, submission)
  values (org_id, coalesce(endpoint_id, helpdesk.new_id(at)), checked_url, checked_events, at,
          submission)
  on conflict on constraint endpoints_submission_key do nothing
  returning * into created;
  if found then
    select count(*) into live from helpdesk.endpoints e
     where e.org_id = created.org_id and e.deleted_at is null;
    if live > most then
      raise program_limit_exceeded using message = format(
        'the organization has %s webhook endpoints already, and may have %s; delete one that is no '
        'longer needed first', live - 1, most);
    end if;
    perform ops._add_secret(created, secret_id, secret, key_id);
  end if;
  return created;
end
$$;

COMMENT ON FUNCTION ops._create_endpoint(org_id text, url text, events text[], submission text, endpoint_id text, secret_id text, secret text, key_id text) IS 'For the other functions: makes an endpoint and its secret, of these ids if there are any; nulls if the form of this number had made one before. 54000 if the organization has 50, disabled ones included: a change of a ticket makes a delivery for each. Who has more from before keeps them.';

CREATE FUNCTION ops._delete_endpoint(endpoint helpdesk.endpoints) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
begin
  update helpdesk.endpoints e
     set deleted_at = at, disabled_at = coalesce(e.disabled_at, at),
         disabled_reason = coalesce(e.disabled_reason, 'deleted'), replay_from = null,
         replay_until = null
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  delete from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id;
end
$$;

COMMENT ON FUNCTION ops._delete_endpoint(endpoint helpdesk.endpoints) IS 'For the other functions: hides a locked endpoint for good and forgets its secrets. Workers delete its deliveries and at last its row.';

CREATE TABLE helpdesk.deliveries (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    event_id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    next_attempt_at timestamp with time zone,
    locked_until timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT deliveries_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT deliveries_finished_at_check CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT deliveries_locked_until_check CHECK (((state = 'sending'::text) = (locked_until IS NOT NULL))),
    CONSTRAINT deliveries_next_attempt_at_check CHECK (((state = 'pending'::text) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'succeeded'::text, 'failed'::text, 'held'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.1', autovacuum_analyze_scale_factor='0.05');

COMMENT ON TABLE helpdesk.deliveries IS 'An event on its way to an endpoint. "sending" is a lease until locked_until; held: the endpoint is disabled.';

CREATE TABLE helpdesk.events (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    ticket_id text COLLATE pg_catalog."C",
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    traceparent text DEFAULT NULLIF(current_setting('helpdesk.traceparent'::text, true), ''::text),
    CONSTRAINT events_type_check CHECK ((((type = 'webhook.test'::text) AND (ticket_id IS NULL)) OR ((ticket_id IS NOT NULL) AND (type = ANY (ARRAY['ticket.created'::text, 'ticket.updated'::text, 'ticket.commented'::text, 'ticket.resolved'::text, 'ticket.closed'::text, 'ticket.reopened'::text, 'ticket.merged'::text])))))
);

COMMENT ON TABLE helpdesk.events IS 'What happened, written in the transaction that made it happen. body: the exact bytes every attempt sends.';

COMMENT ON COLUMN helpdesk.events.traceparent IS 'The traceparent (W3C Trace Context) of the request that caused the event; null: it had none.';

CREATE FUNCTION ops._delete_events(org_id text, ids text[]) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    BEGIN ATOMIC
 DELETE FROM helpdesk.deliveries d
   WHERE ((d.org_id = _delete_events.org_id) AND (d.event_id = ANY (_delete_events.ids)));
 DELETE FROM helpdesk.events e
   WHERE ((e.org_id = _delete_events.org_id) AND (e.id = ANY (_delete_events.ids)));
END;

COMMENT ON FUNCTION ops._delete_events(org_id text, ids text[]) IS 'For the other functions: deletes events, their deliveries and the attempts of these.';

CREATE FUNCTION ops._delivery(delivery_id text) RETURNS helpdesk.deliveries
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  delivery helpdesk.deliveries;
begin
  select d.* into delivery
    from helpdesk.organizations o
    join helpdesk.deliveries d on d.org_id = o.id and d.id = delivery_id
    join helpdesk.endpoints e
      on e.org_id = d.org_id and e.id = d.endpoint_id and e.deleted_at is null;
  if not found then
    raise no_data_found using message = format('no delivery has the id %L', delivery_id);
  end if;
  return delivery;
end
$$;

COMMENT ON FUNCTION ops._delivery(delivery_id text) IS 'For the other functions: a delivery''s row. P0002 if there is none, or its endpoint is deleted.';

CREATE FUNCTION ops._disable_endpoint(endpoint helpdesk.endpoints, reason text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update helpdesk.endpoints e
     set failing_since = case when e.disabled_at is not null then e.failing_since end,
         disabled_at = coalesce(e.disabled_at, clock_timestamp()), disabled_reason = reason
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._hold_waiting(endpoint);
end
$$;

COMMENT ON FUNCTION ops._disable_endpoint(endpoint helpdesk.endpoints, reason text) IS 'For the other functions: disables a locked endpoint and holds what waits, at most 1,000; returns how many that were.';

CREATE FUNCTION ops._enable_endpoint(endpoint helpdesk.endpoints, replay boolean) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if endpoint.disabled_at is not null then
    -- What the worker has not come round to holding.
    perform ops._hold_waiting(endpoint);
  end if;
  update helpdesk.endpoints e
     set consecutive_failures = 0, failing_since = null, disabled_at = null, disabled_reason = null,
         replay_from = case when replay then e.replay_from end,
         replay_until = case when replay then e.replay_until end
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  if replay then
    return ops._start_replay(
      endpoint,
      case when endpoint.disabled_at is null then clock_timestamp()
           -- Null where a person disabled it.
           else least(endpoint.failing_since, endpoint.disabled_at) end);
  end if;
  return 0;
end
$$;

COMMENT ON FUNCTION ops._enable_endpoint(endpoint helpdesk.endpoints, replay boolean) IS 'For the other functions: enables a locked endpoint, and with replay starts to send what is held, or failed since the run of failures began that disabled it (by hand: since it was disabled). Returns how many of these are pending now.';

CREATE FUNCTION ops._hold_waiting(endpoint helpdesk.endpoints) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  held int;
begin
  update helpdesk.deliveries d
     set state = 'held', next_attempt_at = null
    from (select w.org_id, w.id from helpdesk.deliveries w
           where w.org_id = endpoint.org_id and w.endpoint_id = endpoint.id and w.state = 'pending'
           limit 1000 for update) waiting
   where d.org_id = waiting.org_id and d.id = waiting.id;
  get diagnostics held = row_count;
  return held;
end
$$;

COMMENT ON FUNCTION ops._hold_waiting(endpoint helpdesk.endpoints) IS 'For the other functions: holds what waits for an endpoint, at most 1,000, and returns how many that were. A worker holds the rest: tickets wait for whoever has the endpoint locked.';

CREATE FUNCTION ops._is_email(address text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  -- In the second pattern: white space and control characters, angle brackets, and the characters of Unicode's
  -- categories Cf and Zs, which cannot be seen.
  select address ~ '^[^@]+@[^@.]+([.][^@.]+)+$'
     and address !~ (E'[\\u0001-\\u0020<>\\u007F\\u0085\\u00A0\\u00AD\\u0600-\\u0605\\u061C\\u06DD\\u070F\\u0890\\u0891\\u08E2'
                     '\\u1680\\u180E\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u2064\\u2066-\\u206F\\u3000\\uFEFF'
                     '\\uFFF9-\\uFFFB\\U000110BD\\U000110CD\\U00013430-\\U0001343F\\U0001BCA0-\\U0001BCA3'
                     '\\U0001D173-\\U0001D17A\\U000E0001\\U000E0020-\\U000E007F]')
     and address !~ '^[Mm][Aa][Ii][Ll][Tt][Oo]:'
$_$;

COMMENT ON FUNCTION ops._is_email(address text) IS 'For the other functions: true if the address has one @, a domain with a dot, no white space, no invisible characters, no angle brackets and no mailto: before it.';

CREATE FUNCTION ops._lock_endpoint(endpoint_id text, exclusively boolean DEFAULT true, in_org_id text DEFAULT NULL::text) RETURNS helpdesk.endpoints
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint_org_id constant text := coalesce(in_org_id, (
    select e.org_id
      from helpdesk.organizations o
      join helpdesk.endpoints e on e.org_id = o.id and e.id = endpoint_id));
  endpoint helpdesk.endpoints;
begin
  perform ops._require_read_committed();
  if exclusively then
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id and e.deleted_at is null for update;
  else
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id and e.deleted_at is null for share;
  end if;
  if not found then
    raise no_data_found using message = format('no webhook endpoint has the id %L', endpoint_id);
  end if;
  return endpoint;
end
$$;

COMMENT ON FUNCTION ops._lock_endpoint(endpoint_id text, exclusively boolean, in_org_id text) IS 'For the other functions: locks an endpoint, for update or for share, and returns its row. P0002 if there is none, or none in this organization; 25000 unless the transaction is read committed.';

CREATE FUNCTION ops._random_bytes() RETURNS bytea
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN sha256(((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || uuid_send(gen_random_uuid())));

COMMENT ON FUNCTION ops._random_bytes() IS 'For the other functions: 32 bytes from the server''s cryptographically strong random numbers.';

CREATE FUNCTION ops._redeliver(endpoint helpdesk.endpoints, delivery_id text) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  new_state text;
begin
  update helpdesk.deliveries d
     set state = case when endpoint.disabled_at is null then 'pending' else 'held' end,
         attempts = 0,
         next_attempt_at = case when endpoint.disabled_at is null then clock_timestamp() end,
         finished_at = null
   where d.org_id = endpoint.org_id and d.id = delivery_id and d.endpoint_id = endpoint.id
     and d.state <> 'sending'
  returning d.state into new_state;
  if new_state is null then
    raise object_in_use using
      message = format('delivery %L is being sent at this moment', delivery_id),
      hint = 'Wait until the attempt ends, at most a minute.';
  end if;
  perform ops._wake_workers();
  return new_state;
end
$$;

COMMENT ON FUNCTION ops._redeliver(endpoint helpdesk.endpoints, delivery_id text) IS 'For the other functions: sends a delivery of an endpoint that is locked for share again, and returns its new state. 55006 while it is being sent.';

CREATE FUNCTION ops._replay(endpoint_id text, in_org_id text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints :=
    ops._lock_endpoint(endpoint_id, in_org_id => in_org_id);
  replayed int := 0;
begin
  if endpoint.replay_until is not null and endpoint.disabled_at is null then
    update helpdesk.deliveries d
       set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), finished_at = null
      from (select r.org_id, r.id
              from (select h.org_id, h.id from helpdesk.deliveries h
                     where h.org_id = endpoint.org_id and h.endpoint_id = endpoint.id
                       and h.state = 'held'
                    union all
                    select f.org_id, f.id from helpdesk.deliveries f
                     where f.org_id = endpoint.org_id and f.endpoint_id = endpoint.id
                       and f.state = 'failed' and f.finished_at >= endpoint.replay_from
                       and f.finished_at < endpoint.replay_until) r
             limit 1000) again
     where d.org_id = again.org_id and d.id = again.id and d.state in ('held', 'failed');
    get diagnostics replayed = row_count;
    if replayed = 0 then
      update helpdesk.endpoints e set replay_from = null, replay_until = null
       where e.org_id = endpoint.org_id and e.id = endpoint.id;
    else
      perform ops._wake_workers();
    end if;
  end if;
  return replayed;
end
$$;

COMMENT ON FUNCTION ops._replay(endpoint_id text, in_org_id text) IS 'For the other functions and the worker: makes the next 1,000 deliveries of an endpoint''s replay pending and returns how many that were; 0 ends the replay.';

CREATE FUNCTION ops._require_read_committed() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise invalid_transaction_state using message =
      format('this works in read committed transactions only, not in %s ones',
             current_setting('transaction_isolation')),
      hint = 'set default_transaction_isolation = ''read committed'', and call it again.';
  end if;
end
$$;

COMMENT ON FUNCTION ops._require_read_committed() IS 'For the other functions, which wait for a lock and have to see what was written meanwhile: 25000 unless the transaction is read committed.';

CREATE FUNCTION ops._rotate_secret(endpoint helpdesk.endpoints, secret_id text DEFAULT NULL::text, secret text DEFAULT NULL::text, key_id text DEFAULT NULL::text, known_keys text[] DEFAULT NULL::text[]) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
  most constant int := 10;
  live int;
  first_end timestamptz;
begin
  delete from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id
     and (s.expires_at <= at or s.key_id is not null and s.key_id <> all (known_keys));
  select count(*), min(s.expires_at) into live, first_end from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id;
  if live >= most then
    raise program_limit_exceeded using message = format(
      '%s secrets of this endpoint sign already, the most there may be; rotate again when the oldest '
      'ends, at %s', live, helpdesk.rfc3339(first_end));
  end if;
  update helpdesk.endpoint_secrets s
     set expires_at = at + interval '24 hours'
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id and s.expires_at is null;
  return ops._add_secret(endpoint, secret_id, secret, key_id);
end
$$;

COMMENT ON FUNCTION ops._rotate_secret(endpoint helpdesk.endpoints, secret_id text, secret text, key_id text, known_keys text[]) IS 'For the other functions: gives a locked endpoint a new secret and returns it as stored. With known_keys, secrets that another key sealed are deleted, as nobody can sign with them. 54000 if ten secrets sign already.';

CREATE FUNCTION ops._start_replay(endpoint helpdesk.endpoints, since timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
  update helpdesk.endpoints e
     set replay_from = least(e.replay_from, since), replay_until = clock_timestamp()
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._replay(endpoint.id, endpoint.org_id);
end
$$;

COMMENT ON FUNCTION ops._start_replay(endpoint helpdesk.endpoints, since timestamp with time zone) IS 'For the other functions: sends what a locked, enabled endpoint has held, and what failed since then, with four fresh attempts: the first 1,000 at once, their number is returned, the rest by a worker.';

CREATE FUNCTION ops._test_endpoint(endpoint helpdesk.endpoints) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
  event_id constant text := helpdesk.new_id(at);
  delivery_id constant text := helpdesk.new_id(at);
begin
  insert into helpdesk.events (org_id, id, type, body, created_at)
  values (endpoint.org_id, event_id, 'webhook.test',
          format('{"id":"%s","type":"webhook.test","timestamp":"%s","data":{}}',
                 event_id, helpdesk.rfc3339(at)), at);
  insert into helpdesk.deliveries
    (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  values
    (endpoint.org_id, delivery_id, endpoint.id, event_id,
     case when endpoint.disabled_at is null then 'pending' else 'held' end, at,
     case when endpoint.disabled_at is null then at end);
  perform ops._wake_workers();
  return delivery_id;
end
$$;

COMMENT ON FUNCTION ops._test_endpoint(endpoint helpdesk.endpoints) IS 'For the other functions: writes a webhook.test event for an endpoint that is locked for share, and returns the delivery''s id.';

CREATE FUNCTION ops._update_endpoint(endpoint helpdesk.endpoints, url text, events text[]) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_url constant text := case when url is null then endpoint.url else ops._checked_url(url) end;
  checked_events constant text[] :=
    case when events is null then endpoint.events else ops._checked_events(events) end;
begin
  update helpdesk.endpoints e set url = checked_url, events = checked_events
   where e.org_id = endpoint.org_id and e.id = endpoint.id
     and (e.url, e.events) is distinct from (checked_url, checked_events);
  return found;
end
$$;

COMMENT ON FUNCTION ops._update_endpoint(endpoint helpdesk.endpoints, url text, events text[]) IS 'For the other functions: changes a locked endpoint''s URL, events or both; null leaves them. Returns whether anything changed.';

CREATE FUNCTION ops._wake_workers() RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN pg_notify('helpdesk_deliveries'::text, ''::text);

COMMENT ON FUNCTION ops._wake_workers() IS 'For the other functions: tells the workers, when this transaction commits, that deliveries are due. They also look by themselves.';

CREATE FUNCTION ops._without_person(text text, user_id text, email text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    RETURN regexp_replace(text, format('("(?:id|c[0-9]+)"\s*:\s*"%s"\s*,\s*"(?:name|c[0-9]+)"\s*:\s*)"(?:[^"\\]|\\.)*"(\s*,\s*"(?:email|c[0-9]+)"\s*:\s*)"(?:[^"\\]|\\.)*@(?:[^"\\]|\\.)*"'::text, user_id), format('\1"Erased user"\2"%s"'::text, email), 'g'::text);

COMMENT ON FUNCTION ops._without_person(text text, user_id text, email text) IS 'For the other functions: JSON in which a user has a placeholder for a name, and this e-mail address.';

CREATE FUNCTION ops.create_api_key(org_id text, name text, scopes text[], rate_limit integer DEFAULT 100, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_name constant text := ops._checked_text('name', name, 200);
  checked_scopes constant text[] := ops._checked_choices('scopes', scopes,
    array['tickets:read', 'tickets:write', 'chat:read', 'chat:write', '*']);
  at constant timestamptz := clock_timestamp();
  key_id constant text := helpdesk.new_id(at);
  secret constant text := translate(encode(ops._random_bytes(), 'base64'), '+/=', '-_');
begin
  if rate_limit between 1 and 1000000 is not true then
    raise invalid_parameter_value using message =
      format('rate_limit must be from 1 to 1000000 requests a minute, not %s',
             coalesce(rate_limit::text, 'null'));
  elsif expires_at <= at then
    raise invalid_parameter_value using message =
      format('expires_at must be in the future, not %s', expires_at);
  elsif expires_at >= '10000-01-01Z' then
    raise invalid_parameter_value using
      message = 'expires_at must be before the year 10000',
      hint = 'Leave it null for a key that does not expire.';
  end if;
  perform ops._check_org(org_id);
  insert into helpdesk.api_keys
    (org_id, id, name, prefix, hash, scopes, rate_limit, created_at, expires_at)
  values
    (org_id, key_id, checked_name,
     'th_' || left(secret, 6) || E'\u2026', sha256(convert_to('th_' || secret, 'UTF8')),
     checked_scopes, rate_limit, at, expires_at);
  perform ops._audit(org_id, 'api_key.created', key_id, checked_name);
  return 'th_' || secret;
end
$$;

COMMENT ON FUNCTION ops.create_api_key(org_id text, name text, scopes text[], rate_limit integer, expires_at timestamp with time zone) IS 'Creates an API key and returns it: it is shown this once, only its SHA-256 is stored. scopes: tickets:read, tickets:write, chat:read, chat:write or *. rate_limit: requests in any 60 s, 1 to 1,000,000. expires_at: null means never.';

CREATE FUNCTION ops.create_endpoint(org_id text, url text, events text[], new_id text DEFAULT NULL::text, secret_id text DEFAULT NULL::text, sealed_secret text DEFAULT NULL::text, key_id text DEFAULT NULL::text) RETURNS TABLE(endpoint_id text, secret text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  created helpdesk.endpoints;
begin
  perform ops._check_org(org_id);
  created := ops._create_endpoint(
    org_id, url, events, null, new_id, secret_id, sealed_secret, key_id);
  perform ops._audit(org_id, 'webhook.created', created.id, left(created.url, 254));
  return query
    select s.endpoint_id, s.secret from helpdesk.endpoint_secrets s
     where s.org_id = created.org_id and s.endpoint_id = created.id;
end
$$;

COMMENT ON FUNCTION ops.create_endpoint(org_id text, url text, events text[], new_id text, secret_id text, sealed_secret text, key_id text) IS 'Creates a webhook endpoint and returns its id and signing secret. events: names such as ticket.created. 54000 if the organization has 50 endpoints, disabled ones included. Checks the URL''s form only; the sender checks the address at each attempt. The secret is stored in plain text until a worker with a key seals it, within seconds; tacohelp gives one that it has made and sealed itself.';

CREATE FUNCTION ops.create_org(name text, plan text DEFAULT 'FREE'::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_name constant text := ops._checked_text('name', name, 200);
  checked_plan constant text := ops._checked_plan(plan);
  at constant timestamptz := clock_timestamp();
  new_org_id constant text := helpdesk.new_id(at);
begin
  insert into helpdesk.organizations (id, name, plan, created_at)
  values (new_org_id, checked_name, checked_plan, at);
  insert into helpdesk.ticket_counters (org_id) values (new_org_id);
  insert into helpdesk.conversation_counters (org_id) values (new_org_id);
  perform ops._audit(new_org_id, 'organization.created', new_org_id, checked_name);
  return new_org_id;
end
$$;

COMMENT ON FUNCTION ops.create_org(name text, plan text) IS 'Creates an organization and returns its id. name: 1 to 200 characters. plan: FREE, PRO or ENTERPRISE, in any case; the API answers from PRO up.';

CREATE FUNCTION ops.create_user(org_id text, email text, name text, role text DEFAULT 'client'::text, password_hash text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_X$
#variable_conflict use_column
declare
  checked_email constant text := ops._checked_text('email', email, 254);
  checked_name constant text := ops._checked_text('name', name, 254);
  checked_role constant text := lower(ops._checked_text('role', role, 100) collate "C");
  at constant timestamptz := clock_timestamp();
  user_id text;
begin
  if not ops._is_email(checked_email) then
    raise invalid_parameter_value using message =
      format('email must be an address such as ada@example.com, not %L', email);
  elsif checked_role not in ('client', 'agent', 'admin') then
    raise invalid_parameter_value using message =
      format('role must be client, agent or admin, not %L', role);
  elsif password_hash not like '$scrypt$_%' then
    raise invalid_parameter_value using
      message = 'password_hash must be a scrypt hash in PHC format ($scrypt$...)',
      hint = 'A password itself is never stored: "tacohelp user create" makes the hash.';
  end if;
  perform ops._check_org(org_id);
  insert into helpdesk.users (org_id, id, name, email, role, password_hash, created_at)
  values (org_id, helpdesk.new_id(at), checked_name, checked_email, checked_role,
          password_hash, at)
  on conflict do nothing
  returning id into user_id;
  if user_id is null then
    raise unique_violation using message =
      format('email: the organization already has a user %L', checked_email);
  end if;
  -- Clients come and go by the API without an entry.
  if checked_role <> 'client' then
    perform ops._audit(org_id, 'user.created', user_id, checked_name);
  end if;
  return user_id;
end
$_X$;

COMMENT ON FUNCTION ops.create_user(org_id text, email text, name text, role text, password_hash text) IS 'Creates a user and returns the id. role: client, agent or admin. password_hash: scrypt in PHC format; without one the user cannot sign in before ops.invite_user. 23505 if the e-mail, compared without case, is taken in the organization.';

CREATE FUNCTION ops.delete_endpoint(endpoint_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._delete_endpoint(endpoint);
  perform ops._audit(endpoint.org_id, 'webhook.deleted', endpoint.id, left(endpoint.url, 254));
end
$$;

COMMENT ON FUNCTION ops.delete_endpoint(endpoint_id text) IS 'Deletes an endpoint: from now on nothing is sent to it, no event makes a delivery for it, and nobody sees it. Its deliveries, waiting ones included, go a little at a time; a worker does that.';

CREATE FUNCTION ops.delete_org(org_id text, confirm_name text, at_most integer DEFAULT 1000) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  org helpdesk.organizations;
  ids text[];
begin
  select o.* into org from helpdesk.organizations o where o.id = delete_org.org_id;
  if not found then
    raise no_data_found using message = format('no organization has the id %L', delete_org.org_id);
  elsif confirm_name is distinct from org.name then
    raise invalid_parameter_value using message =
      format('the organization''s name is %L, not %L', org.name, confirm_name);
  end if;

  -- Nobody comes in any more.
  delete from helpdesk.api_keys k where k.org_id = org.id;
  delete from helpdesk.rate_limits r where r.org_id = org.id;
  delete from helpdesk.sessions s where s.org_id = org.id;
  delete from helpdesk.invitations i where i.org_id = org.id;
  update helpdesk.users u set password_hash = null
   where u.org_id = org.id and u.password_hash is not null;

  ids := array(select e.id from helpdesk.events e where e.org_id = org.id limit part);
  if cardinality(ids) > 0 then
    perform ops._delete_events(org.id, ids);
    return false;
  end if;
  delete from helpdesk.endpoints e where e.org_id = org.id;
  ids := array(select k.key from helpdesk.idempotency_keys k where k.org_id = org.id limit part);
  delete from helpdesk.idempotency_keys k where k.org_id = org.id and k.key = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.comments c where c.org_id = org.id limit part);
  delete from helpdesk.comments c where c.org_id = org.id and c.id = any (ids);
  if found then return false; end if;
  ids := array(select m.id from helpdesk.messages m where m.org_id = org.id limit part);
  delete from helpdesk.messages m where m.org_id = org.id and m.id = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.conversations c where c.org_id = org.id limit part);
  delete from helpdesk.conversations c where c.org_id = org.id and c.id = any (ids);
  if found then return false; end if;
  ids := array(
    select t.id from helpdesk.tickets t
     where t.org_id = org.id and t.merged_into_id is not null limit part);
  update helpdesk.tickets t set merged_into_id = null where t.org_id = org.id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select t.id from helpdesk.tickets t where t.org_id = org.id limit part);
  delete from helpdesk.tickets t where t.org_id = org.id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select u.id from helpdesk.users u where u.org_id = org.id limit part);
  delete from helpdesk.users u where u.org_id = org.id and u.id = any (ids);
  if found then return false; end if;
  ids := array(select a.id from helpdesk.audit_events a where a.org_id = org.id limit part);
  delete from helpdesk.audit_events a where a.org_id = org.id and a.id = any (ids);
  if found then return false; end if;
  delete from helpdesk.ticket_counters c where c.org_id = org.id;
  delete from helpdesk.conversation_counters c where c.org_id = org.id;
  delete from helpdesk.organizations o where o.id = org.id;
  perform ops._audit(org.id, 'organization.deleted', org.id, org.name);
  return true;
end
$$;

COMMENT ON FUNCTION ops.delete_org(org_id text, confirm_name text, at_most integer) IS 'Deletes an organization and everything it has. confirm_name: its name, or 22023. Its keys and passwords are good for nothing from the first call on. Deletes at most at_most rows of one kind (1 to 100,000) and returns whether all are gone: repeat it until then. The audit trail keeps that, and nothing else of the organization.';

CREATE FUNCTION ops.delete_ticket(ticket_id text, at_most integer DEFAULT 1000) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  gone helpdesk.tickets;
  ids text[];
begin
  select t.* into gone
    from helpdesk.organizations o
    join helpdesk.tickets t on t.org_id = o.id and t.id = delete_ticket.ticket_id;
  if not found then
    raise no_data_found using message = format('no ticket has the id %L', delete_ticket.ticket_id);
  end if;
  ids := array(
    select e.id from helpdesk.events e where e.org_id = gone.org_id and e.ticket_id = gone.id
    union all
    -- These show the ticket that the others were merged into.
    select e.id
      from helpdesk.tickets s
      join helpdesk.events e on e.org_id = s.org_id and e.ticket_id = s.id and e.type = 'ticket.merged'
     where s.org_id = gone.org_id and s.merged_into_id = gone.id
     limit part);
  if cardinality(ids) > 0 then
    perform ops._delete_events(gone.org_id, ids);
    if cardinality(ids) = part then
      return false;
    end if;
  end if;

  perform ops._require_read_committed();
  -- Nobody changes it any more, or comments on it; the organization's counters are locked last, and briefly.
  select t.* into gone from helpdesk.tickets t
   where t.org_id = gone.org_id and t.id = gone.id for update;
  if not found then
    return true;
  end if;
  delete from helpdesk.idempotency_keys k
   where k.org_id = gone.org_id
     and (k.answer ->> 'c0' = gone.id
          or k.answer ->> 'c0' in (
            select c.id from helpdesk.comments c
             where c.org_id = gone.org_id and c.ticket_id = gone.id));
  delete from helpdesk.comments c where c.org_id = gone.org_id and c.ticket_id = gone.id;
  perform ops._delete_events(gone.org_id, array(
    select e.id from helpdesk.events e where e.org_id = gone.org_id and e.ticket_id = gone.id
    union all
    select e.id
      from helpdesk.tickets s
      join helpdesk.events e on e.org_id = s.org_id and e.ticket_id = s.id and e.type = 'ticket.merged'
     where s.org_id = gone.org_id and s.merged_into_id = gone.id));
  update helpdesk.tickets t
     set merged_into_id = null, updated_at = helpdesk.next_moment(t.updated_at)
   where t.org_id = gone.org_id and t.merged_into_id = gone.id;
  delete from helpdesk.tickets t where t.org_id = gone.org_id and t.id = gone.id;
  perform ops._audit(gone.org_id, 'ticket.deleted', gone.id, '#' || gone.number);
  update helpdesk.ticket_counters c
     set open = c.open - (gone.status = 'OPEN')::int,
         in_progress = c.in_progress - (gone.status = 'IN_PROGRESS')::int,
         waiting = c.waiting - (gone.status = 'WAITING')::int,
         resolved = c.resolved - (gone.status = 'RESOLVED')::int,
         closed = c.closed - (gone.status = 'CLOSED')::int
   where c.org_id = gone.org_id;
  return true;
end
$$;

COMMENT ON FUNCTION ops.delete_ticket(ticket_id text, at_most integer) IS 'Deletes a ticket with its comments, its events and their deliveries, and answers kept for idempotency keys. Deletes at most at_most events (1 to 100,000) and returns whether the ticket is gone: repeat it until then. Tickets that were merged into it stay, closed and no longer merged. Its number is not given again.';

CREATE FUNCTION ops.disable_endpoint(endpoint_id text, reason text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_reason constant text := ops._checked_text('reason', reason, 200);
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.disabled', endpoint.id, left(endpoint.url, 254));
  return ops._disable_endpoint(endpoint, checked_reason);
end
$$;

COMMENT ON FUNCTION ops.disable_endpoint(endpoint_id text, reason text) IS 'Disables an endpoint: nothing is sent to it any more, its waiting deliveries and all new ones are held. Returns how many were waiting; beyond 1,000 a worker holds the rest. One disabled before takes the new reason and keeps its disabled_at.';

CREATE FUNCTION ops.enable_endpoint(endpoint_id text, replay boolean DEFAULT false) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.enabled', endpoint.id, left(endpoint.url, 254));
  return ops._enable_endpoint(endpoint, replay);
end
$$;

COMMENT ON FUNCTION ops.enable_endpoint(endpoint_id text, replay boolean) IS 'Enables an endpoint and sets its count of failures to 0. With replay, what is held, or failed since the run of failures began that disabled it (by hand: since it was disabled), is sent with four fresh attempts: the first 1,000 at once, their number is returned, the rest by a worker. Without, what is held stays held.';

CREATE FUNCTION ops.end_sessions(user_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  ended helpdesk.users;
begin
  select u.* into ended
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = end_sessions.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', user_id);
  end if;
  update helpdesk.users u set sessions_epoch = u.sessions_epoch + 1
   where u.org_id = ended.org_id and u.id = ended.id;
  delete from helpdesk.sessions s
   using (select d.org_id, d.hash from helpdesk.sessions d
           where d.hash in (select o.hash from helpdesk.sessions o
                             where o.org_id = ended.org_id and o.user_id = ended.id)
           order by d.hash, d.org_id for update) as gone
   where s.org_id = gone.org_id and s.hash = gone.hash;
  perform ops._audit(ended.org_id, 'user.sessions_ended', ended.id, ended.name);
end
$$;

COMMENT ON FUNCTION ops.end_sessions(user_id text) IS 'Signs a user out of the console everywhere, and with it whatever else the same browsers are signed in to. Setting password_hash by hand does not: call this after it.';

CREATE FUNCTION ops.erase_user(user_id text, after text DEFAULT NULL::text, at_most integer DEFAULT 1000, email text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  -- after is a step's name, a space, and the last row that the step has dealt with.
  step constant text := coalesce(split_part(erase_user.after, ' ', 1), 'attempts');
  last_id text := coalesce(substr(erase_user.after, length(split_part(erase_user.after, ' ', 1)) + 2), '');
  person helpdesk.users;
  address text;
  placeholder text;
begin
  select u.* into person
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = erase_user.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', erase_user.user_id);
  end if;
  address := helpdesk.email_key(coalesce(erase_user.email, person.email)) collate "C";
  placeholder := format('erased-%s@erased.invalid', person.id);

  if step = 'attempts' then
    -- Receivers may send back in any form what they got for events that show the person: that is forgotten with
    -- the events, below. Here, what any of them has said with the address.
    with page as materialized (
      select a.id, strpos(helpdesk.email_key(a.response), address) > 0 as shows
        from helpdesk.attempts a
       where a.org_id = person.org_id and a.id > last_id order by a.id limit part
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from page p where p.shows and a.org_id = person.org_id and a.id = p.id
    )
    select max(p.id) into last_id from page p;
    return coalesce('attempts ' || last_id, 'keys ');
  elsif step = 'keys' then
    with page as materialized (
      select k.key, strpos(concat(k.answer, k.comments), format('"%s"', person.id)) > 0 as shows,
             c.visitor_name, c.visitor_email
        from helpdesk.idempotency_keys k
        left join helpdesk.conversations c
          on c.org_id = k.org_id and c.id = k.answer ->> 'c0'
         and helpdesk.email_key(c.visitor_email) collate "C" = address
       where k.org_id = person.org_id and k.key > last_id order by k.key limit part
    ), changed as materialized (
      select p.key,
             case when p.visitor_email is null
                  then ops._without_person(k.answer::text, person.id, placeholder)
                  else replace(replace(k.answer::text, to_json(p.visitor_email)::text,
                                       to_json(placeholder)::text),
                               to_json(p.visitor_name)::text, '"Erased user"') end as answer,
             ops._without_person(k.comments::text, person.id, placeholder) as comments
        from page p
        join helpdesk.idempotency_keys k on k.org_id = person.org_id and k.key = p.key
       where p.shows or p.visitor_email is not null
    ), forgotten as (
      update helpdesk.idempotency_keys k
         set answer = c.answer::json,
             -- Longer than may be kept, they are read anew when the answer is given again.
             comments = case when octet_length(c.comments) <= 1048576 then c.comments::json end
        from changed c where k.org_id = person.org_id and k.key = c.key
    )
    select max(p.key) into last_id from page p;
    return coalesce('keys ' || last_id, 'person ');
  elsif step = 'person' then
    update helpdesk.users u
       set name = 'Erased user', email = placeholder, password_hash = null,
           sessions_epoch = u.sessions_epoch + 1
     where u.org_id = person.org_id and u.id = person.id;
    delete from helpdesk.sessions s where s.org_id = person.org_id and s.user_id = person.id;
    delete from helpdesk.invitations i where i.org_id = person.org_id and i.user_id = person.id;
    update helpdesk.audit_events a set detail = placeholder
     where a.org_id = person.org_id and a.target_id = person.id and a.action = 'user.merged';
    update helpdesk.conversations c
       set visitor_name = 'Erased user', visitor_email = placeholder,
           updated_at = helpdesk.next_moment(c.updated_at)
     where c.org_id = person.org_id and helpdesk.email_key(c.visitor_email) collate "C" = address;
    perform ops._audit(person.org_id, 'user.erased', person.id, 'Erased user');
    return 'comments ';
  elsif step = 'comments' then
    -- Whoever has a ticket with the person's comments must not be told that it is still the same.
    with page as materialized (
      select c.id, c.ticket_id from helpdesk.comments c
       where c.org_id = person.org_id and c.author_id = person.id and c.id > last_id
       order by c.id limit part
    ), moved as (
      update helpdesk.tickets t set updated_at = helpdesk.next_moment(t.updated_at)
       where t.org_id = person.org_id and t.id in (select p.ticket_id from page p)
    )
    select max(p.id) into last_id from page p;
    return coalesce('comments ' || last_id, 'events ');
  elsif step = 'events' then
    with page as materialized (
      select e.id, strpos(e.body, format('"%s"', person.id)) > 0 as shows
        from helpdesk.events e
       where e.org_id = person.org_id and e.id > last_id order by e.id limit part
    ), changed as (
      update helpdesk.events e set body = ops._without_person(e.body, person.id, placeholder)
        from page p where p.shows and e.org_id = person.org_id and e.id = p.id
      returning e.id
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from changed e
        join helpdesk.deliveries d on d.org_id = person.org_id and d.event_id = e.id
       where a.org_id = d.org_id and a.delivery_id = d.id and a.response is not null
    )
    select max(p.id) into last_id from page p;
    return 'events ' || last_id;
  end if;
  raise invalid_parameter_value using message =
    format('after must be what the call before has returned, not %L', erase_user.after);
end
$$;

COMMENT ON FUNCTION ops.erase_user(user_id text, after text, at_most integer, email text) IS 'Puts a placeholder in the place of a person''s name and e-mail address: the user, chats under the address, stored events, answers kept for idempotency keys; forgets what receivers answered to those events, or with the address. The person can no longer sign in. Texts of tickets, comments and messages stay, and so do names on the audit trail. Looks at at_most rows (1 to 100,000) and returns where to go on: repeat it with that as after, until it returns null. email: the address that a person had who is erased already, to find what came since.';

CREATE FUNCTION ops.invite_user(user_id text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  at constant timestamptz := clock_timestamp();
  secret constant text := translate(encode(ops._random_bytes(), 'base64'), '+/=', '-_');
  invited helpdesk.users;
begin
  select u.* into invited
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = invite_user.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', user_id);
  elsif invited.role = 'client' then
    raise invalid_parameter_value using message =
      format('user %L is a client, and clients have no console', user_id);
  end if;
  insert into helpdesk.invitations (org_id, user_id, hash, created_at, expires_at)
  values (invited.org_id, invited.id, sha256(convert_to(secret, 'UTF8')), at,
          at + case when invited.password_hash is null then interval '7 days'
                    else interval '24 hours' end)
  on conflict on constraint invitations_pkey do update
     set created_by = null, hash = excluded.hash, created_at = excluded.created_at,
         expires_at = excluded.expires_at, submission = null;
  perform ops._audit(invited.org_id, 'user.link_made', invited.id, invited.name);
  return format('/invitations/%s.%s', invited.org_id, secret);
end
$$;

COMMENT ON FUNCTION ops.invite_user(user_id text) IS 'Makes a one-time link with which an agent or admin sets a password and is signed in, and returns its path: what comes after the console''s host. Good for 7 days, or 24 hours where there is a password already, which holds until then. A link made before is void.';

CREATE FUNCTION ops.prune_rate_limits() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  idle_since constant timestamptz := clock_timestamp() - interval '5 minutes';
  pruned int;
begin
  -- It waits for no row, so that it cannot deadlock with admissions, and takes no more than it can
  -- do in a moment, for they wait for it.
  delete from helpdesk.rate_limits r
   using (
     select org_id, key_id from helpdesk.rate_limits
      where coalesce(hits[cardinality(hits)] < idle_since, true)
        and last_slot < floor(extract(epoch from idle_since) * 10)
      limit 1000 for update skip locked
   ) idle
   where r.org_id = idle.org_id and r.key_id = idle.key_id;
  get diagnostics pruned = row_count;
  return pruned;
end
$$;

COMMENT ON FUNCTION ops.prune_rate_limits() IS 'Deletes the counters of up to 1,000 keys that had no request admitted for 5 minutes, and returns how many: repeat it while there are so many. No limit changes by it: a window is 60 s. The worker does this by itself.';

CREATE FUNCTION ops.redeliver(delivery_id text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  delivery constant helpdesk.deliveries := ops._delivery(delivery_id);
  endpoint constant helpdesk.endpoints :=
    ops._lock_endpoint(delivery.endpoint_id, exclusively => false);
begin
  perform ops._audit(endpoint.org_id, 'webhook.redelivered', delivery.id, left(endpoint.url, 254));
  return ops._redeliver(endpoint, delivery.id);
end
$$;

COMMENT ON FUNCTION ops.redeliver(delivery_id text) IS 'Sends a delivery again, at once and with four fresh attempts, under the same delivery and event ids. Returns its new state: pending, or held if the endpoint is disabled. 55006 while it is being sent.';

CREATE FUNCTION ops.redeliver_failed(endpoint_id text, since timestamp with time zone, at_most integer DEFAULT 1000, until timestamp with time zone DEFAULT clock_timestamp()) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint helpdesk.endpoints;
  redelivered int;
begin
  if since is null or until is null then
    raise invalid_parameter_value using message = 'since and until must be points in time, not null';
  elsif at_most between 1 and 10000 is not true then
    raise invalid_parameter_value using message =
      format('at_most must be from 1 to 10000, not %s', coalesce(at_most::text, 'null'));
  end if;
  -- Shared: tickets go on meanwhile.
  endpoint := ops._lock_endpoint(endpoint_id, exclusively => false);
  with failed as materialized (
    select d.id from helpdesk.deliveries d
     where d.org_id = endpoint.org_id and d.endpoint_id = endpoint.id
       and d.state = 'failed' and d.finished_at >= since and d.finished_at < until
     order by d.finished_at, d.id limit at_most for update skip locked
  ), held as materialized (
    select d.id from helpdesk.deliveries d
     where d.org_id = endpoint.org_id and d.endpoint_id = endpoint.id
       and d.state = 'held' and d.created_at >= since and endpoint.disabled_at is null
     order by d.created_at, d.id limit at_most - (select count(*) from failed)
       for update skip locked
  )
  update helpdesk.deliveries d
     set state = case when endpoint.disabled_at is null then 'pending' else 'held' end,
         attempts = 0,
         next_attempt_at = case when endpoint.disabled_at is null then clock_timestamp() end,
         finished_at = null
   -- An array, so that they are found by key: a join is planned for a tenth of the table.
   where d.org_id = endpoint.org_id and d.id = any (array(table failed union all table held));
  get diagnostics redelivered = row_count;
  if redelivered > 0 then
    perform ops._audit(endpoint.org_id, 'webhook.redelivered', endpoint.id, left(endpoint.url, 254));
    perform ops._wake_workers();
  end if;
  return redelivered;
end
$$;

COMMENT ON FUNCTION ops.redeliver_failed(endpoint_id text, since timestamp with time zone, at_most integer, until timestamp with time zone) IS 'Sends again, as ops.redeliver does, what failed for an endpoint since a point in time and until another, and then what is held and was created since; the oldest first, at_most at a time (1 to 10,000). Returns how many that were: call it again, with the same until, until that is 0. If the endpoint is disabled, what failed is held, and what is held stays so.';

CREATE FUNCTION ops.revoke_api_key(key_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  key_org_id text;
  key_name text;
begin
  select k.org_id, k.name into key_org_id, key_name
    from helpdesk.organizations o
    join helpdesk.api_keys k on k.org_id = o.id and k.id = key_id;
  if not found then
    raise no_data_found using message = format('no API key has the id %L', key_id);
  end if;
  update helpdesk.api_keys k
     set revoked_at = clock_timestamp()
   where k.org_id = key_org_id and k.id = key_id and k.revoked_at is null;
  if found then
    perform ops._audit(key_org_id, 'api_key.revoked', key_id, key_name);
  end if;
end
$$;

COMMENT ON FUNCTION ops.revoke_api_key(key_id text) IS 'Revokes the key with this id (not the key itself; see ops.api_keys) from the next request on, for good. A key revoked before stays as it is.';

CREATE FUNCTION ops.rotate_secret(endpoint_id text, secret_id text DEFAULT NULL::text, sealed_secret text DEFAULT NULL::text, key_id text DEFAULT NULL::text, known_keys text[] DEFAULT NULL::text[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.secret_rotated', endpoint.id, left(endpoint.url, 254));
  return ops._rotate_secret(endpoint, secret_id, sealed_secret, key_id, known_keys);
end
$$;

COMMENT ON FUNCTION ops.rotate_secret(endpoint_id text, secret_id text, sealed_secret text, key_id text, known_keys text[]) IS 'Gives an endpoint a new signing secret and returns it. The one before signs beside it for 24 hours, and so do earlier ones until their own 24 hours are over; 54000 if ten sign already. It is stored in plain text until a worker with a key seals it, within seconds; tacohelp gives one that it has made and sealed itself, and may have those forgotten that no key in known_keys sealed.';

CREATE FUNCTION ops.set_plan(org_id text, plan text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  checked_plan constant text := ops._checked_plan(plan);
begin
  perform ops._check_org(org_id);
  update helpdesk.organizations o set plan = checked_plan
   where o.id = set_plan.org_id and o.plan <> checked_plan;
  if found then
    perform ops._audit(org_id, 'organization.plan_changed', org_id, checked_plan);
  end if;
end
$$;

COMMENT ON FUNCTION ops.set_plan(org_id text, plan text) IS 'Changes an organization''s plan (FREE, PRO or ENTERPRISE, in any case), from the next request on. Keys outlive a downgrade to FREE: they are refused until the plan is raised again.';

CREATE FUNCTION ops.test_endpoint(endpoint_id text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id, exclusively => false);
begin
  perform ops._audit(endpoint.org_id, 'webhook.tested', endpoint.id, left(endpoint.url, 254));
  return ops._test_endpoint(endpoint);
end
$$;

COMMENT ON FUNCTION ops.test_endpoint(endpoint_id text) IS 'Sends a webhook.test event, its data empty, to this endpoint alone, and returns the delivery''s id. Held if the endpoint is disabled.';

CREATE FUNCTION ops.update_endpoint(endpoint_id text, url text DEFAULT NULL::text, events text[] DEFAULT NULL::text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  if url is null and events is null then
    raise invalid_parameter_value using message = 'give a url, events, or both';
  end if;
  if ops._update_endpoint(endpoint, url, events) then
    perform ops._audit(endpoint.org_id, 'webhook.updated', endpoint.id, left(coalesce(url, endpoint.url), 254));
  end if;
end
$$;

COMMENT ON FUNCTION ops.update_endpoint(endpoint_id text, url text, events text[]) IS 'Changes an endpoint''s URL, its events or both. What waits goes to the new URL; deliveries made for an event before stay.';

CREATE TABLE helpdesk.api_keys (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL,
    scopes text[] NOT NULL,
    rate_limit integer DEFAULT 100 NOT NULL,
    created_by text COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    submission text,
    CONSTRAINT api_keys_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT api_keys_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT api_keys_rate_limit_check CHECK (((rate_limit >= 1) AND (rate_limit <= 1000000))),
    CONSTRAINT api_keys_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['tickets:read'::text, 'tickets:write'::text, 'chat:read'::text, 'chat:write'::text, '*'::text])))
)
WITH (fillfactor='80');

COMMENT ON TABLE helpdesk.api_keys IS 'API keys. Of a key only its SHA-256 and a prefix to recognise it are kept.';

COMMENT ON COLUMN helpdesk.api_keys.last_used_at IS 'At most a minute stale.';

COMMENT ON COLUMN helpdesk.api_keys.submission IS 'Which form of the console made the key; null: none did.';

CREATE TABLE helpdesk.attempts (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    delivery_id text NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration interval NOT NULL,
    status integer,
    error text,
    response text,
    CONSTRAINT attempts_number_check CHECK ((number > 0)),
    CONSTRAINT attempts_outcome_check CHECK (((status IS NOT NULL) OR (error IS NOT NULL))),
    CONSTRAINT attempts_response_check CHECK ((octet_length(response) <= 4096)),
    CONSTRAINT attempts_status_check CHECK (((status >= 100) AND (status <= 999)))
);

COMMENT ON TABLE helpdesk.attempts IS 'Each request of a delivery: its status or error in plain words.';

CREATE TABLE helpdesk.audit_events (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL,
    actor_id text COLLATE pg_catalog."C",
    actor_name text NOT NULL,
    action text NOT NULL,
    target_id text COLLATE pg_catalog."C",
    target_name text NOT NULL,
    address text,
    detail text,
    CONSTRAINT audit_events_action_check CHECK ((action ~ '^[a-z_]+[.][a-z_]+$'::text)),
    CONSTRAINT audit_events_actor_name_check CHECK (((char_length(actor_name) >= 1) AND (char_length(actor_name) <= 254))),
    CONSTRAINT audit_events_detail_check CHECK (((char_length(detail) >= 1) AND (char_length(detail) <= 254))),
    CONSTRAINT audit_events_target_name_check CHECK (((char_length(target_name) >= 1) AND (char_length(target_name) <= 254)))
);

COMMENT ON TABLE helpdesk.audit_events IS 'Who changed which setting, when and from where, written by the statement of the change. Names are as they were then.';

COMMENT ON COLUMN helpdesk.audit_events.detail IS 'What somebody or something was made, such as a role; null where the action says all.';

CREATE TABLE helpdesk.comments (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    ticket_id text NOT NULL COLLATE pg_catalog."C",
    author_id text NOT NULL COLLATE pg_catalog."C",
    content text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT comments_content_check CHECK (((char_length(content) >= 1) AND (char_length(content) <= 50000)))
);

COMMENT ON TABLE helpdesk.comments IS 'Comments; a merge moves them to the target ticket.';

CREATE TABLE helpdesk.conversation_counters (
    org_id text NOT NULL COLLATE pg_catalog."C",
    active integer DEFAULT 0 NOT NULL,
    ended integer DEFAULT 0 NOT NULL,
    CONSTRAINT conversation_counters_check CHECK ((LEAST(active, ended) >= 0))
)
WITH (fillfactor='20', autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0');

COMMENT ON TABLE helpdesk.conversation_counters IS 'Per organization: how many conversations have each status, as ticket_counters.';

CREATE TABLE helpdesk.conversations (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'active'::text NOT NULL,
    visitor_name text NOT NULL,
    visitor_email text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    message_count integer,
    CONSTRAINT conversations_ended_at_check CHECK (((status = 'ended'::text) = (ended_at IS NOT NULL))),
    CONSTRAINT conversations_status_check CHECK ((status = ANY (ARRAY['active'::text, 'ended'::text]))),
    CONSTRAINT conversations_visitor_email_check CHECK ((char_length(visitor_email) <= 254)),
    CONSTRAINT conversations_visitor_name_check CHECK (((char_length(visitor_name) >= 1) AND (char_length(visitor_name) <= 200)))
)
WITH (fillfactor='80');

COMMENT ON TABLE helpdesk.conversations IS 'Chats of a visitor with agents. Ended for good once ended.';

COMMENT ON COLUMN helpdesk.conversations.message_count IS 'Its messages; null: not counted yet. As tickets.comment_count.';

CREATE TABLE helpdesk.endpoint_secrets (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    endpoint_id text NOT NULL COLLATE pg_catalog."C",
    secret text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone,
    key_id text COLLATE pg_catalog."C",
    CONSTRAINT endpoint_secrets_key_id_check CHECK ((key_id ~ '^[A-Za-z0-9._-]{1,32}$'::text)),
    CONSTRAINT endpoint_secrets_secret_check CHECK (((key_id IS NULL) = starts_with(secret, 'whsec_'::text)))
);

COMMENT ON TABLE helpdesk.endpoint_secrets IS 'Signing secrets, whsec_ and base64 of 32 random bytes, sealed where there is a key_id.';

COMMENT ON COLUMN helpdesk.endpoint_secrets.key_id IS 'Which of SECRET_KEYS sealed the secret: AES-256-GCM, in base64 nonce, text and tag, bound to org_id, endpoint_id and id. Null: the secret is stored in plain text.';

CREATE TABLE helpdesk.idempotency_keys (
    org_id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    fingerprint bytea NOT NULL,
    answer json NOT NULL,
    comments json,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT idempotency_keys_comments_check CHECK ((octet_length((comments)::text) <= 1048576)),
    CONSTRAINT idempotency_keys_fingerprint_check CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT idempotency_keys_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 255)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', toast.autovacuum_vacuum_scale_factor='0.02');

COMMENT ON TABLE helpdesk.idempotency_keys IS 'What a POST with an Idempotency-Key made, written by the statement that made it; kept for 24 hours. Refers to nothing: it is the answer as it was.';

COMMENT ON COLUMN helpdesk.idempotency_keys.fingerprint IS 'SHA-256 of the request''s method, path and body.';

COMMENT ON COLUMN helpdesk.idempotency_keys.answer IS 'The row that was answered, its columns by their place: c0, c1 and so on.';

COMMENT ON COLUMN helpdesk.idempotency_keys.comments IS 'Of a merge, the comments in the answer, each like answer; null when they are larger than 1 MiB.';

CREATE TABLE helpdesk.invitations (
    org_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    created_by text COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    submission text,
    CONSTRAINT invitations_expires_at_check CHECK ((expires_at > created_at)),
    CONSTRAINT invitations_hash_check CHECK ((octet_length(hash) = 32))
);

COMMENT ON TABLE helpdesk.invitations IS 'One-time links that set a password: at most one for each user, the newest. Used or withdrawn, it is gone.';

COMMENT ON COLUMN helpdesk.invitations.created_by IS 'The admin who has the link, until it is given away: with the role or the access, it goes. Null: an operator.';

COMMENT ON COLUMN helpdesk.invitations.hash IS 'SHA-256 of the link''s token.';

COMMENT ON COLUMN helpdesk.invitations.submission IS 'Which form of the console made the link; null: none did.';

CREATE TABLE helpdesk.messages (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    conversation_id text NOT NULL COLLATE pg_catalog."C",
    sender_type text NOT NULL,
    sender_id text COLLATE pg_catalog."C",
    content text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT messages_content_check CHECK (((char_length(content) >= 1) AND (char_length(content) <= 10000))),
    CONSTRAINT messages_sender_check CHECK (((sender_type = 'agent'::text) OR ((sender_type = 'visitor'::text) AND (sender_id IS NULL))))
);

COMMENT ON TABLE helpdesk.messages IS 'Messages of a conversation, oldest first by created_at.';

CREATE TABLE helpdesk.organizations (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    plan text DEFAULT 'FREE'::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT organizations_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT organizations_plan_check CHECK ((plan = ANY (ARRAY['FREE'::text, 'PRO'::text, 'ENTERPRISE'::text])))
);

COMMENT ON TABLE helpdesk.organizations IS 'A tenant. Every other table leads with its id.';

CREATE UNLOGGED TABLE helpdesk.rate_limits (
    org_id text NOT NULL COLLATE pg_catalog."C",
    key_id text NOT NULL COLLATE pg_catalog."C",
    version bigint DEFAULT (EXTRACT(epoch FROM clock_timestamp()) * (1000000)::numeric) NOT NULL,
    hits timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[] NOT NULL,
    slots integer[] DEFAULT '{}'::integer[] NOT NULL,
    last_slot bigint DEFAULT 0 NOT NULL,
    used integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='40', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_scale_factor='0.1');
ALTER TABLE ONLY helpdesk.rate_limits ALTER COLUMN hits SET STORAGE PLAIN;
ALTER TABLE ONLY helpdesk.rate_limits ALTER COLUMN slots SET STORAGE PLAIN;

COMMENT ON TABLE helpdesk.rate_limits IS 'Admitted requests of the last minute, one row a key. Unlogged: a crash of the database empties it.';

COMMENT ON COLUMN helpdesk.rate_limits.version IS 'Counts updates; an update applies only to the version it was computed from.';

COMMENT ON COLUMN helpdesk.rate_limits.last_slot IS 'The newest slot, in tenths of a second since 1970.';

COMMENT ON COLUMN helpdesk.rate_limits.used IS 'The sum of slots.';

CREATE TABLE helpdesk.sessions (
    org_id text NOT NULL COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    epoch integer NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT sessions_hash_check CHECK ((octet_length(hash) = 32))
)
WITH (fillfactor='80');

COMMENT ON TABLE helpdesk.sessions IS 'Who is signed in to the console. One sign-in may have a row in several organizations, of the same hash.';

COMMENT ON COLUMN helpdesk.sessions.hash IS 'SHA-256 of the token in the browser''s cookie.';

COMMENT ON COLUMN helpdesk.sessions.epoch IS 'The user''s when the password was checked.';

COMMENT ON COLUMN helpdesk.sessions.last_seen_at IS 'At most a minute stale.';

CREATE UNLOGGED TABLE helpdesk.sign_in_attempts (
    subject bytea NOT NULL,
    hits timestamp with time zone[] NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_attempts_subject_check CHECK ((octet_length(subject) = 32))
)
WITH (fillfactor='60');

COMMENT ON TABLE helpdesk.sign_in_attempts IS 'When passwords were tried lately, right ones too. Belongs to no organization: most of it is of people who may have none. Unlogged: a crash forgives the last 15 minutes.';

COMMENT ON COLUMN helpdesk.sign_in_attempts.subject IS 'SHA-256 of a network, of an address, or of an e-mail and an address: people type passwords into the wrong field.';

CREATE TABLE helpdesk.ticket_counters (
    org_id text NOT NULL COLLATE pg_catalog."C",
    last_number integer DEFAULT 0 NOT NULL,
    open integer DEFAULT 0 NOT NULL,
    in_progress integer DEFAULT 0 NOT NULL,
    waiting integer DEFAULT 0 NOT NULL,
    resolved integer DEFAULT 0 NOT NULL,
    closed integer DEFAULT 0 NOT NULL,
    CONSTRAINT ticket_counters_check CHECK ((LEAST(last_number, open, in_progress, waiting, resolved, closed) >= 0))
)
WITH (fillfactor='20', autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0');

COMMENT ON TABLE helpdesk.ticket_counters IS 'Per organization: the last ticket number given, and how many tickets have each status. Moves in the statement that changes the ticket, so that a list''s total never counts rows.';

CREATE TABLE helpdesk.tickets (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    subject text NOT NULL,
    description text NOT NULL,
    status text DEFAULT 'OPEN'::text NOT NULL,
    priority text DEFAULT 'MEDIUM'::text NOT NULL,
    source text DEFAULT 'API'::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    created_by text NOT NULL COLLATE pg_catalog."C",
    assignee_id text COLLATE pg_catalog."C",
    merged_into_id text COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    comment_count integer,
    CONSTRAINT tickets_closed_at_check CHECK (((status = 'CLOSED'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT tickets_description_check CHECK (((char_length(description) >= 1) AND (char_length(description) <= 50000))),
    CONSTRAINT tickets_merged_check CHECK (((merged_into_id IS NULL) OR ((status = 'CLOSED'::text) AND (merged_into_id <> id)))),
    CONSTRAINT tickets_priority_check CHECK ((priority = ANY (ARRAY['LOW'::text, 'MEDIUM'::text, 'HIGH'::text, 'URGENT'::text]))),
    CONSTRAINT tickets_resolved_at_check CHECK (
CASE status
    WHEN 'RESOLVED'::text THEN (resolved_at IS NOT NULL)
    WHEN 'CLOSED'::text THEN true
    ELSE (resolved_at IS NULL)
END),
    CONSTRAINT tickets_source_check CHECK ((source = ANY (ARRAY['API'::text, 'WEB'::text, 'EMAIL'::text, 'CHAT'::text]))),
    CONSTRAINT tickets_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'IN_PROGRESS'::text, 'WAITING'::text, 'RESOLVED'::text, 'CLOSED'::text]))),
    CONSTRAINT tickets_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 200))),
    CONSTRAINT tickets_tags_check CHECK ((cardinality(tags) <= 20))
)
WITH (fillfactor='85');

COMMENT ON TABLE helpdesk.tickets IS 'Tickets. "Newest first" is by number, which follows creation.';

COMMENT ON COLUMN helpdesk.tickets.comment_count IS 'Its comments; null: not counted yet. Moves in the statement that adds or moves comments. A server of the release before does not count: while it runs, a ticket may get a few more than are counted.';

CREATE TABLE helpdesk.users (
    org_id text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    password_hash text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    sessions_epoch integer DEFAULT 0 NOT NULL,
    last_signed_in_at timestamp with time zone,
    CONSTRAINT users_email_check CHECK (((char_length(email) <= 254) AND (email ~ '^[^@[:space:]]+@[^@[:space:].]+([.][^@[:space:].]+)+$'::text))),
    CONSTRAINT users_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 254))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['client'::text, 'agent'::text, 'admin'::text])))
);

COMMENT ON TABLE helpdesk.users IS 'Clients who write in, agents who answer, admins who also manage settings. Unique by helpdesk.email_key of the e-mail.';

COMMENT ON COLUMN helpdesk.users.password_hash IS 'scrypt, in PHC string format; null: cannot sign in.';

COMMENT ON COLUMN helpdesk.users.sessions_epoch IS 'Whatever ends all sessions of the user adds one: sessions of an earlier epoch hold no more, those made at that moment included.';

COMMENT ON COLUMN helpdesk.users.last_signed_in_at IS 'To the console.';

CREATE TABLE migrations.applied (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE migrations.made (
    kind text NOT NULL,
    identity text NOT NULL
);

CREATE TABLE migrations.remade (
    only_row boolean DEFAULT true NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT remade_only_row_check CHECK (only_row)
);

CREATE VIEW ops.api_keys AS
 SELECT k.org_id,
    o.name AS organization,
    k.id AS key_id,
    k.name,
    k.prefix,
    k.scopes,
    k.rate_limit,
        CASE
            WHEN (k.revoked_at IS NOT NULL) THEN 'revoked'::text
            WHEN (k.expires_at <= statement_timestamp()) THEN 'expired'::text
            ELSE 'live'::text
        END AS state,
    k.created_at,
    k.created_by,
    k.expires_at,
    k.revoked_at,
    k.last_used_at
   FROM (helpdesk.api_keys k
     JOIN helpdesk.organizations o ON ((o.id = k.org_id)));

COMMENT ON VIEW ops.api_keys IS 'A row for each API key without its hash. prefix: its first nine characters, to recognise it. state: live, expired or revoked. last_used_at is at most a minute stale.';

CREATE VIEW ops.attempts AS
 SELECT d.org_id,
    d.endpoint_id,
    a.delivery_id,
    a.number,
    a.started_at,
    a.duration,
    a.status,
    a.error,
    a.response
   FROM (((helpdesk.organizations o
     JOIN helpdesk.deliveries d ON ((d.org_id = o.id)))
     JOIN helpdesk.endpoints e ON (((e.org_id = d.org_id) AND (e.id = d.endpoint_id) AND (e.deleted_at IS NULL))))
     JOIN helpdesk.attempts a ON (((a.org_id = d.org_id) AND (a.delivery_id = d.id))));

COMMENT ON VIEW ops.attempts IS 'A row for each request made: when, how long it took, the HTTP status or in plain words why there was none, and the first KiB of the answer. number begins anew when a delivery is sent again. Name a delivery_id to be quick.';

CREATE VIEW ops.audit_trail AS
 SELECT a.at,
    a.org_id,
    COALESCE(o.name, a.target_name) AS organization,
    a.actor_id,
    a.actor_name,
    u.email AS actor_email,
    a.action,
    a.target_id,
    a.target_name,
    a.detail,
    a.address,
    a.id
   FROM ((helpdesk.audit_events a
     LEFT JOIN helpdesk.organizations o ON ((o.id = a.org_id)))
     LEFT JOIN helpdesk.users u ON (((u.org_id = a.org_id) AND (u.id = a.actor_id))));

COMMENT ON VIEW ops.audit_trail IS 'A row for each change of a setting: when, who, what and from which address. Names are as they were then, the e-mail is today''s. What the functions of ops and tacohelp''s commands did has "an operator" as actor, and neither id nor address. Of a deleted organization there is its end alone.';

CREATE VIEW ops.deliveries AS
 SELECT d.org_id,
    o.name AS organization,
    d.endpoint_id,
    e.url,
    d.id AS delivery_id,
    d.event_id,
    v.type AS event_type,
    v.ticket_id,
    d.state,
    d.attempts,
    d.created_at,
    d.next_attempt_at,
    d.finished_at,
    a.status AS last_status,
    a.error AS last_error
   FROM ((((helpdesk.organizations o
     JOIN helpdesk.endpoints e ON ((e.org_id = o.id)))
     JOIN helpdesk.deliveries d ON (((d.org_id = e.org_id) AND (d.endpoint_id = e.id))))
     JOIN helpdesk.events v ON (((v.org_id = d.org_id) AND (v.id = d.event_id))))
     LEFT JOIN LATERAL ( SELECT a_1.status,
            a_1.error
           FROM helpdesk.attempts a_1
          WHERE ((a_1.org_id = d.org_id) AND (a_1.delivery_id = d.id))
          ORDER BY a_1.started_at DESC
         LIMIT 1) a ON (true))
  WHERE (e.deleted_at IS NULL);

COMMENT ON VIEW ops.deliveries IS 'A row for each delivery, finished ones for 30 days by default, with the HTTP status or error of its last attempt. attempts: made since it was created or last sent again. Name an endpoint_id or a delivery_id to be quick.';

CREATE VIEW ops.delivery_queue AS
 SELECT q.org_id,
    o.name AS organization,
    q.endpoint_id,
    e.url,
    q.id AS delivery_id,
    q.event_id,
    v.type AS event_type,
    q.state,
    q.attempts,
    q.created_at,
    q.next_attempt_at,
    q.locked_until,
        CASE
            WHEN (q.state <> 'held'::text) THEN GREATEST((statement_timestamp() - COALESCE(q.next_attempt_at, q.locked_until)), '00:00:00'::interval)
            ELSE NULL::interval
        END AS overdue
   FROM (((( SELECT d.org_id,
            d.id,
            d.endpoint_id,
            d.event_id,
            d.state,
            d.attempts,
            d.created_at,
            d.next_attempt_at,
            d.locked_until,
            d.finished_at
           FROM helpdesk.deliveries d
          WHERE (d.state = 'pending'::text)
        UNION ALL
         SELECT d.org_id,
            d.id,
            d.endpoint_id,
            d.event_id,
            d.state,
            d.attempts,
            d.created_at,
            d.next_attempt_at,
            d.locked_until,
            d.finished_at
           FROM helpdesk.deliveries d
          WHERE (d.state = 'sending'::text)
        UNION ALL
         SELECT d.org_id,
            d.id,
            d.endpoint_id,
            d.event_id,
            d.state,
            d.attempts,
            d.created_at,
            d.next_attempt_at,
            d.locked_until,
            d.finished_at
           FROM helpdesk.deliveries d
          WHERE (d.state = 'held'::text)) q
     JOIN helpdesk.organizations o ON ((o.id = q.org_id)))
     JOIN helpdesk.endpoints e ON (((e.org_id = q.org_id) AND (e.id = q.endpoint_id) AND (e.deleted_at IS NULL))))
     JOIN helpdesk.events v ON (((v.org_id = q.org_id) AND (v.id = q.event_id))));

COMMENT ON VIEW ops.delivery_queue IS 'A row for each delivery not finished: pending until next_attempt_at, sending until locked_until at the latest, or held. overdue: how long that moment is past; more than a minute means that no worker keeps up.';

CREATE VIEW ops.endpoint_health AS
 SELECT e.org_id,
    o.name AS organization,
    e.id AS endpoint_id,
    e.url,
    e.events,
        CASE
            WHEN (e.disabled_at IS NULL) THEN 'enabled'::text
            ELSE 'disabled'::text
        END AS state,
    e.disabled_at,
    e.disabled_reason,
    e.consecutive_failures,
    COALESCE(p.pending, (0)::bigint) AS pending,
    p.overdue,
    COALESCE(s.sending, (0)::bigint) AS sending,
    COALESCE(h.held, (0)::bigint) AS held,
    COALESCE(f.succeeded, (0)::bigint) AS succeeded_24h,
    COALESCE(f.failed, (0)::bigint) AS failed_24h
   FROM (((((helpdesk.endpoints e
     JOIN helpdesk.organizations o ON ((o.id = e.org_id)))
     LEFT JOIN ( SELECT d.org_id,
            d.endpoint_id,
            count(*) AS pending,
            GREATEST((statement_timestamp() - min(d.next_attempt_at)), '00:00:00'::interval) AS overdue
           FROM helpdesk.deliveries d
          WHERE (d.state = 'pending'::text)
          GROUP BY d.org_id, d.endpoint_id) p ON (((p.org_id = e.org_id) AND (p.endpoint_id = e.id))))
     LEFT JOIN ( SELECT d.org_id,
            d.endpoint_id,
            count(*) AS sending
           FROM helpdesk.deliveries d
          WHERE (d.state = 'sending'::text)
          GROUP BY d.org_id, d.endpoint_id) s ON (((s.org_id = e.org_id) AND (s.endpoint_id = e.id))))
     LEFT JOIN ( SELECT d.org_id,
            d.endpoint_id,
            count(*) AS held
           FROM helpdesk.deliveries d
          WHERE (d.state = 'held'::text)
          GROUP BY d.org_id, d.endpoint_id) h ON (((h.org_id = e.org_id) AND (h.endpoint_id = e.id))))
     LEFT JOIN ( SELECT d.org_id,
            d.endpoint_id,
            count(*) FILTER (WHERE (d.state = 'succeeded'::text)) AS succeeded,
            count(*) FILTER (WHERE (d.state = 'failed'::text)) AS failed
           FROM helpdesk.deliveries d
          WHERE ((d.state = ANY (ARRAY['succeeded'::text, 'failed'::text])) AND (d.finished_at > (statement_timestamp() - '24:00:00'::interval)))
          GROUP BY d.org_id, d.endpoint_id) f ON (((f.org_id = e.org_id) AND (f.endpoint_id = e.id))))
  WHERE (e.deleted_at IS NULL);

COMMENT ON VIEW ops.endpoint_health IS 'A row for each webhook endpoint that is not deleted: enabled or disabled and why, failed deliveries in a row (10 disable it), deliveries in each state. overdue: how long the first pending one has been due; succeeded_24h and failed_24h ended in the last 24 hours.';

CREATE VIEW ops.endpoints AS
 SELECT e.org_id,
    o.name AS organization,
    e.id AS endpoint_id,
    e.url,
    e.events,
        CASE
            WHEN (e.disabled_at IS NULL) THEN 'enabled'::text
            ELSE 'disabled'::text
        END AS state,
    e.disabled_at,
    e.disabled_reason,
    e.consecutive_failures,
    e.created_at
   FROM (helpdesk.organizations o
     JOIN helpdesk.endpoints e ON ((e.org_id = o.id)))
  WHERE (e.deleted_at IS NULL);

COMMENT ON VIEW ops.endpoints IS 'A row for each webhook endpoint that is not deleted, without its secrets.';

CREATE VIEW ops.organizations_at_a_glance AS
 SELECT o.id AS org_id,
    o.name,
    o.plan,
    o.created_at,
    COALESCE(u.staff, (0)::bigint) AS staff,
    COALESCE(u.clients, (0)::bigint) AS clients,
    COALESCE(k.live_keys, (0)::bigint) AS live_keys,
    ((((t.open + t.in_progress) + t.waiting) + t.resolved) + t.closed) AS tickets,
    t.open,
    t.in_progress,
    t.waiting,
    t.resolved,
    t.closed,
    c.active AS active_chats,
    c.ended AS ended_chats,
    COALESCE(e.endpoints, (0)::bigint) AS endpoints,
    COALESCE(e.disabled_endpoints, (0)::bigint) AS disabled_endpoints
   FROM (((((helpdesk.organizations o
     LEFT JOIN helpdesk.ticket_counters t ON ((t.org_id = o.id)))
     LEFT JOIN helpdesk.conversation_counters c ON ((c.org_id = o.id)))
     LEFT JOIN ( SELECT users.org_id,
            count(*) FILTER (WHERE (users.role <> 'client'::text)) AS staff,
            count(*) FILTER (WHERE (users.role = 'client'::text)) AS clients
           FROM helpdesk.users
          GROUP BY users.org_id) u ON ((u.org_id = o.id)))
     LEFT JOIN ( SELECT api_keys.org_id,
            count(*) AS live_keys
           FROM helpdesk.api_keys
          WHERE ((api_keys.revoked_at IS NULL) AND ((api_keys.expires_at IS NULL) OR (api_keys.expires_at > statement_timestamp())))
          GROUP BY api_keys.org_id) k ON ((k.org_id = o.id)))
     LEFT JOIN ( SELECT endpoints.org_id,
            count(*) AS endpoints,
            count(*) FILTER (WHERE (endpoints.disabled_at IS NOT NULL)) AS disabled_endpoints
           FROM helpdesk.endpoints
          WHERE (endpoints.deleted_at IS NULL)
          GROUP BY endpoints.org_id) e ON ((e.org_id = o.id)));

COMMENT ON VIEW ops.organizations_at_a_glance IS 'A row for each organization: its plan and how many staff (agents and admins), clients, live keys, tickets of each status, chats and endpoints it has. Tickets and chats come from counters, the rest is counted: name an org_id where there are millions of users.';

CREATE VIEW ops.rate_limit_use AS
 SELECT k.org_id,
    o.name AS organization,
    k.id AS key_id,
    k.name,
    k.prefix,
    k.rate_limit,
    u.used,
    GREATEST(0, (k.rate_limit - u.used)) AS remaining,
    a.last_admitted_at
   FROM (((((helpdesk.rate_limits r
     JOIN helpdesk.api_keys k ON (((k.org_id = r.org_id) AND (k.id = r.key_id))))
     JOIN helpdesk.organizations o ON ((o.id = k.org_id)))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (k.rate_limit <= 1000) THEN r.hits[cardinality(r.hits)]
                    WHEN (r.last_slot > 0) THEN to_timestamp((((r.last_slot)::numeric / 10.0))::double precision)
                    ELSE NULL::timestamp with time zone
                END AS last_admitted_at) a)
     CROSS JOIN LATERAL ( SELECT (GREATEST((0)::numeric, LEAST((floor((EXTRACT(epoch FROM statement_timestamp()) * (10)::numeric)) - (r.last_slot)::numeric), (601)::numeric)))::integer AS shift) s)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (k.rate_limit <= 1000) THEN (cardinality(r.hits) - width_bucket((statement_timestamp() - '00:01:00'::interval), r.hits))
                    ELSE (r.used - ( SELECT (COALESCE(sum(gone.n), (0)::bigint))::integer AS "coalesce"
                       FROM unnest(r.slots[:s.shift]) gone(n)))
                END AS used) u);

COMMENT ON VIEW ops.rate_limit_use IS 'A row for each key with requests in the last minutes. used: requests counted in the last 60 s, remaining: how many more would be admitted now. Limits above 1,000 count in tenths of a second.';

COPY helpdesk.api_keys (org_id, id, name, prefix, hash, scopes, rate_limit, created_by, created_at, expires_at, revoked_at, last_used_at, submission) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqf3513830aeb43fb5d9b	expiring	th_0YgLOo…	\\xd75fff13e3c30e4e13cd44e24afa4b16062c1dadb945b99d6ccac3eb33953b26	{tickets:read}	100	\N	2026-11-30 20:20:48.737783+00	2027-02-28 20:20:48.735421+00	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf4qcf8636df9886bbd1	revoked	th_WjMY0m…	\\x18cc70dbbb701047c5e93ef0ac1923f7b4614fdd53fac7ffd5202d7989419adb	{*}	100	\N	2026-11-30 20:20:48.794155+00	\N	2026-11-30 20:20:48.97363+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf1h9535769e808b3e29	first	th_8MMyMy…	\\x77363b458b512ead4e46146b10d501ec745178d07bd4d9d2366307956905ae29	{*}	100	\N	2026-11-30 20:20:48.677411+00	\N	\N	2026-11-30 20:20:50.304341+00	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqf6dcf76f4373bd6491d	other	th_J0PYyZ…	\\x4dd017a2ca8d3a1494fb4e79eeb65b6bbe21b3c280afeac307a28a816748336b	{*}	5000	\N	2026-11-30 20:20:48.853753+00	\N	\N	2026-11-30 20:20:50.417442+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqfrn7c8f447658b06928	Nightly	th_0KWzUW…	\\x00b43a2e739069fa83d12ce4845b5a003da133262d52e62d70f212ddeb7db0fe	{tickets:read}	100	cmx3pqepj5a683f0855050d3c	2026-11-30 20:20:49.621122+00	2026-12-30 20:20:49.621122+00	\N	2026-11-30 20:20:50.421959+00	J4Sjl7QUJ330X7d8jZJr8Q
\.

COPY helpdesk.attempts (org_id, id, delivery_id, number, started_at, duration, status, error, response) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgazc34c0c93965b835c	cmx3pqgam11f4beefce0159c2	1	2026-11-30 20:20:50.312993+00	00:00:00.002114	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbka2087d53842b6478	cmx3pqgbe9655c917a04fe7a3	1	2026-11-30 20:20:50.334947+00	00:00:00.001367	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgdkbf1d85655581084e	cmx3pqgbs64d0eef7fd1ce2ae	1	2026-11-30 20:20:50.407215+00	00:00:00.001709	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgds181852732fe98aab	cmx3pqgc03922b2557452999f	1	2026-11-30 20:20:50.366187+00	00:00:00.001385	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqgds3149a4f8f713a1cb	cmx3pqgcac6f5471e07ad55d6	1	2026-11-30 20:20:50.374531+00	00:00:00.001325	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgds86d01148f95c1454	cmx3pqgch3bb9a470b3e9b0e9	1	2026-11-30 20:20:50.380926+00	00:00:00.001124	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqgdsaf56a239f02daf8c	cmx3pqgcn451f6803c03a69fb	1	2026-11-30 20:20:50.386194+00	00:00:00.001973	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgds3462091ac24878c2	cmx3pqgd06a80288e481cc5bb	1	2026-11-30 20:20:50.400153+00	00:00:00.001785	200	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgr6a0b3d0ffc34dec36	cmx3pqgch3bb9a470b3e9b0e9	2	2026-11-30 20:20:50.895555+00	00:00:00.002594	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqgr652cd9f679d3d6af1	cmx3pqgc03922b2557452999f	2	2026-11-30 20:20:50.896667+00	00:00:00.002117	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqhj12ec514a4d3f3b4b9	cmx3pqgc03922b2557452999f	3	2026-11-30 20:20:51.899279+00	00:00:00.002074	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqhj2238ed1e914b76b50	cmx3pqgch3bb9a470b3e9b0e9	3	2026-11-30 20:20:51.899105+00	00:00:00.003809	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqid7797f2204d3d36e17	cmx3pqgch3bb9a470b3e9b0e9	4	2026-11-30 20:20:52.984815+00	00:00:00.002153	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqid8e5526b376b792db5	cmx3pqgc03922b2557452999f	4	2026-11-30 20:20:52.985147+00	00:00:00.00319	500	the endpoint answered 500	\N
cmx3pqej9eb82616676db4caf	cmx3pqj0b9b0598749cf4c1e2	cmx3pqj0493fef8091ea39785	1	2026-11-30 20:20:53.817854+00	00:00:00.002002	503	the endpoint answered 503	\N
\.

COPY helpdesk.audit_events (org_id, id, at, actor_id, actor_name, action, target_id, target_name, address, detail) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqejb571a7fb9895c2c2d	2026-11-30 20:20:48.023441+00	\N	an operator	organization.created	cmx3pqej9eb82616676db4caf	Acme	\N	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqekw1365f7a955ba6ec8	2026-11-30 20:20:48.080625+00	\N	an operator	organization.created	cmx3pqeku2cb9117bd7df60bb	Other	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqepl4923111238c6920b	2026-11-30 20:20:48.249663+00	\N	an operator	user.created	cmx3pqepj5a683f0855050d3c	Bob Admin	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqeu274b795037b36d756	2026-11-30 20:20:48.410986+00	\N	an operator	user.created	cmx3pqeu0c8f61f36e2df3e32	Ada Agent	\N	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqeyi2ab0f8ff8a43ff74	2026-11-30 20:20:48.570805+00	\N	an operator	user.created	cmx3pqeygce4b6f2391e782ff	Olga Other	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqezz9df4cb9387d91a20	2026-11-30 20:20:48.623277+00	\N	an operator	user.created	cmx3pqezx664ea4e95126cccc	Noor New	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf1j6bbdd2280fa22a90	2026-11-30 20:20:48.679849+00	\N	an operator	api_key.created	cmx3pqf1h9535769e808b3e29	first	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf38406fa6b34a0db28c	2026-11-30 20:20:48.740155+00	\N	an operator	api_key.created	cmx3pqf3513830aeb43fb5d9b	expiring	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf4s4c22d94dfc31833c	2026-11-30 20:20:48.796291+00	\N	an operator	api_key.created	cmx3pqf4qcf8636df9886bbd1	revoked	\N	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqf6f9e4d401ee467d77e	2026-11-30 20:20:48.855967+00	\N	an operator	api_key.created	cmx3pqf6dcf76f4373bd6491d	other	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqf9p19c3d1418bf89f22	2026-11-30 20:20:48.97393+00	\N	an operator	api_key.revoked	cmx3pqf4qcf8636df9886bbd1	revoked	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfh4f30f8b71d3046649	2026-11-30 20:20:49.240958+00	\N	an operator	webhook.created	cmx3pqfgwa24696fa7258d0bd	http://127.0.0.1:44409/rotated	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfiy93081be9efa717bf	2026-11-30 20:20:49.306842+00	\N	an operator	webhook.secret_rotated	cmx3pqfgwa24696fa7258d0bd	http://127.0.0.1:44409/rotated	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfkq84eca68aa491ee52	2026-11-30 20:20:49.370926+00	\N	an operator	webhook.created	cmx3pqfkj954277d51120ca70	http://127.0.0.1:44409/failing	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfmf0fa2bcd989505f87	2026-11-30 20:20:49.431059+00	\N	an operator	webhook.created	cmx3pqfm7e04ea719f075c2dc	http://127.0.0.1:44409/disabled	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfnz1acd3652ff3aa37c	2026-11-30 20:20:49.487551+00	\N	an operator	webhook.disabled	cmx3pqfm7e04ea719f075c2dc	http://127.0.0.1:44409/disabled	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfrp4b435e8b6b969a90	2026-11-30 20:20:49.62128+00	cmx3pqepj5a683f0855050d3c	Bob Admin	api_key.created	cmx3pqfrn7c8f447658b06928	Nightly	192.0.2.7	\N
cmx3pqej9eb82616676db4caf	cmx3pqga2b2ae18a598413a74	2026-11-30 20:20:50.282847+00	\N	an operator	user.link_made	cmx3pqezx664ea4e95126cccc	Noor New	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqizv63086d04b649f7e0	2026-11-30 20:20:53.803246+00	\N	an operator	webhook.updated	cmx3pqfkj954277d51120ca70	http://127.0.0.1:44409/failing	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqj5975a71a6993f7d403	2026-11-30 20:20:53.99737+00	\N	an operator	webhook.created	cmx3pqj566d170279b9805313	http://127.0.0.1:44409/plain	\N	\N
\.

COPY helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgb4080c995e580e91c0	cmx3pqgam285ba48380eb42ce	cmx3pqeu0c8f61f36e2df3e32	We look into it.	2026-11-30 20:20:50.320201+00
cmx3pqej9eb82616676db4caf	cmx3pqgb97253c083effaf403	cmx3pqgam285ba48380eb42ce	cmx3pqgak91170c8387500cb6	Thank you. "é\\\n😀	2026-11-30 20:20:50.325816+00
cmx3pqej9eb82616676db4caf	cmx3pqgct82ed8c13ddffe4ee	cmx3pqgam285ba48380eb42ce	cmx3pqgak91170c8387500cb6	Still cold.	2026-11-30 20:20:50.381716+00
cmx3pqej9eb82616676db4caf	cmx3pqjkl57a6b9c1c7fea35b	cmx3pqjkc1c443535699f3334	cmx3pqeu0c8f61f36e2df3e32	Beans are on their way.	2026-11-30 20:20:54.549387+00
cmx3pqej9eb82616676db4caf	cmx3pqjksa29ed117dc72cbb4	cmx3pqgbe2f7460dd7181c3a0	cmx3pqeu0c8f61f36e2df3e32	Which salsa?	2026-11-30 20:20:54.556615+00
\.

COPY helpdesk.conversation_counters (org_id, active, ended) FROM stdin;
cmx3pqeku2cb9117bd7df60bb	0	0
cmx3pqej9eb82616676db4caf	2	1
\.

COPY helpdesk.conversations (org_id, id, status, visitor_name, visitor_email, created_at, updated_at, ended_at, message_count) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgd8f229715094b70cf3	active	Sam	sam@example.com	2026-11-30 20:20:50.39682+00	2026-11-30 20:20:50.405154+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgdld8f90a70d6f8ca6d	ended	Kim	\N	2026-11-30 20:20:50.40991+00	2026-11-30 20:20:50.413139+00	2026-11-30 20:20:50.413139+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqjkw658ebc5630cfbaac	active	Lee	\N	2026-11-30 20:20:54.560308+00	2026-11-30 20:20:54.564579+00	\N	1
\.

COPY helpdesk.deliveries (org_id, id, endpoint_id, event_id, state, attempts, created_at, next_attempt_at, locked_until, finished_at) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgam11f4beefce0159c2	cmx3pqfgwa24696fa7258d0bd	cmx3pqgamd0ca1e4d38ef689a	succeeded	1	2026-11-30 20:20:50.302475+00	\N	\N	2026-11-30 20:20:50.315224+00
cmx3pqej9eb82616676db4caf	cmx3pqgbe9655c917a04fe7a3	cmx3pqfgwa24696fa7258d0bd	cmx3pqgbe32ac79c9b26c8637	succeeded	1	2026-11-30 20:20:50.330327+00	\N	\N	2026-11-30 20:20:50.336659+00
cmx3pqej9eb82616676db4caf	cmx3pqgc0681587571c1b97e6	cmx3pqfm7e04ea719f075c2dc	cmx3pqgc03ff6b6eccfe37eee	held	0	2026-11-30 20:20:50.352497+00	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbs64d0eef7fd1ce2ae	cmx3pqfgwa24696fa7258d0bd	cmx3pqgbsc14ce357a835b003	succeeded	1	2026-11-30 20:20:50.344119+00	\N	\N	2026-11-30 20:20:50.408973+00
cmx3pqej9eb82616676db4caf	cmx3pqgcac6f5471e07ad55d6	cmx3pqfgwa24696fa7258d0bd	cmx3pqgca2d8f9236023cd925	succeeded	1	2026-11-30 20:20:50.362605+00	\N	\N	2026-11-30 20:20:50.416385+00
cmx3pqej9eb82616676db4caf	cmx3pqgcn451f6803c03a69fb	cmx3pqfgwa24696fa7258d0bd	cmx3pqgcnaf52e1fe5c59e5c7	succeeded	1	2026-11-30 20:20:50.375993+00	\N	\N	2026-11-30 20:20:50.416385+00
cmx3pqej9eb82616676db4caf	cmx3pqgd06a80288e481cc5bb	cmx3pqfgwa24696fa7258d0bd	cmx3pqgd0a879266972f04529	succeeded	1	2026-11-30 20:20:50.388286+00	\N	\N	2026-11-30 20:20:50.416385+00
cmx3pqej9eb82616676db4caf	cmx3pqgch3bb9a470b3e9b0e9	cmx3pqfkj954277d51120ca70	cmx3pqgch80b14537869f1009	failed	4	2026-11-30 20:20:50.369847+00	\N	\N	2026-11-30 20:20:52.987169+00
cmx3pqej9eb82616676db4caf	cmx3pqgc03922b2557452999f	cmx3pqfkj954277d51120ca70	cmx3pqgc03ff6b6eccfe37eee	failed	4	2026-11-30 20:20:50.352497+00	\N	\N	2026-11-30 20:20:52.988506+00
cmx3pqej9eb82616676db4caf	cmx3pqj0493fef8091ea39785	cmx3pqfgwa24696fa7258d0bd	cmx3pqj0430399d026f860cb7	pending	1	2026-11-30 20:20:53.812843+00	2026-11-30 20:20:55.84707+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqj609c3b511bea540993	cmx3pqj566d170279b9805313	cmx3pqj607f2625f2874a37d9	pending	0	2026-11-30 20:20:54.024426+00	2026-11-30 20:20:54.024426+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqjkc6c89455420649ff1	cmx3pqfgwa24696fa7258d0bd	cmx3pqjkc09e1f10d1461077b	pending	0	2026-11-30 20:20:54.54039+00	2026-11-30 20:20:54.54039+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqjl5092ecec97abb7653	cmx3pqfgwa24696fa7258d0bd	cmx3pqjl5689db6f38337406e	pending	0	2026-11-30 20:20:54.569097+00	2026-11-30 20:20:54.569097+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqjldb2618a771584c6b8	cmx3pqfgwa24696fa7258d0bd	cmx3pqjld4f862ee6a9cb49a3	pending	0	2026-11-30 20:20:54.577019+00	2026-11-30 20:20:54.577019+00	\N	\N
\.

COPY helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, created_at, expires_at, key_id) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqfgyf1a33d0aaecea7a7	cmx3pqfgwa24696fa7258d0bd	BlVUk7CaO2Nbx2YA5EfsC0YKu9OiOe3I6/vVNQVWk5+9KFkmqFstTzGqWHD3vSI1ZO5dtddyi9KnkMlBQTFsz5/p01Aekh7Lqq8G/k9m	2026-11-30 20:20:49.240162+00	2026-12-01 20:20:49.307418+00	one
cmx3pqej9eb82616676db4caf	cmx3pqfiwc4dca4f149b7fb65	cmx3pqfgwa24696fa7258d0bd	5PCWssav11WKUdtjJHxGPpqXXNSdZsf6mBTv3olOKtJh+BZ50R+9CBwYIQ4vR4LxeQhJ7eMZmY0MmMh2QLPvq5RDaUl57/gB1xhu4VdV	2026-11-30 20:20:49.308328+00	\N	one
cmx3pqej9eb82616676db4caf	cmx3pqfkl00f1520ca1b8d9b4	cmx3pqfkj954277d51120ca70	WaXs9o+Rm6TQ56q0EO4l/Q3w0AJtYB1xG6jhfizruxPMYdQlxje8J3joi4wTGMgrADrzIVsHE4VwU5NgnBecnKHoKrMUf5ghIJmko851	2026-11-30 20:20:49.370383+00	\N	one
cmx3pqej9eb82616676db4caf	cmx3pqfm9cecc2d7721928b48	cmx3pqfm7e04ea719f075c2dc	76JJE17bTv0pbPRrb6QjcnkvoMpCtBkArvQT99TWI6ZgosRWV8r9i8mxxv0S3wYmaJZ+rdnAD+v7DV1Fx6DD7ahrXgNAJ9xTXfNSvCNh	2026-11-30 20:20:49.43052+00	\N	one
cmx3pqej9eb82616676db4caf	cmx3pqj583db3afe3b38559d7	cmx3pqj566d170279b9805313	whsec_lm5sbFbmdJ4RiHQKDTSDgRkBaf1psRW/EadZ28PKVxM=	2026-11-30 20:20:53.996493+00	\N	\N
\.

COPY helpdesk.endpoints (org_id, id, url, events, created_at, consecutive_failures, disabled_at, disabled_reason, replay_from, replay_until, submission, deleted_at, failing_since) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqfgwa24696fa7258d0bd	http://127.0.0.1:44409/rotated	{ticket.created,ticket.merged}	2026-11-30 20:20:49.239005+00	0	\N	\N	\N	\N	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfm7e04ea719f075c2dc	http://127.0.0.1:44409/disabled	{ticket.resolved}	2026-11-30 20:20:49.429596+00	0	2026-11-30 20:20:49.488812+00	disabled by an operator	\N	\N	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqj566d170279b9805313	http://127.0.0.1:44409/plain	{ticket.closed}	2026-11-30 20:20:53.994984+00	0	\N	\N	\N	\N	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqfkj954277d51120ca70	http://127.0.0.1:44409/failing	{ticket.reopened}	2026-11-30 20:20:49.369425+00	2	\N	\N	\N	\N	\N	\N	2026-11-30 20:20:52.987169+00
\.

COPY helpdesk.events (org_id, id, type, ticket_id, body, created_at, traceparent) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgamd0ca1e4d38ef689a	ticket.created	cmx3pqgam285ba48380eb42ce	{"id" : "cmx3pqgamd0ca1e4d38ef689a", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.302Z", "data" : {"ticket" : {"id" : "cmx3pqgam285ba48380eb42ce", "ticketNumber" : 1, "subject" : "The oven is cold", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.302Z", "updatedAt" : "2026-11-30T20:20:50.302Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.302475+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgb4b8da6a42f60c93ea	ticket.commented	cmx3pqgam285ba48380eb42ce	{"id" : "cmx3pqgb4b8da6a42f60c93ea", "type" : "ticket.commented", "timestamp" : "2026-11-30T20:20:50.320Z", "data" : {"ticket" : {"id" : "cmx3pqgam285ba48380eb42ce", "ticketNumber" : 1, "subject" : "The oven is cold", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.302Z", "updatedAt" : "2026-11-30T20:20:50.320Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "comment" : {"id" : "cmx3pqgb4080c995e580e91c0", "content" : "We look into it.", "author" : {"id" : "cmx3pqeu0c8f61f36e2df3e32", "name" : "Ada Agent", "email" : "agent@acme.example", "role" : "agent"}, "createdAt" : "2026-11-30T20:20:50.320Z"}}}	2026-11-30 20:20:50.320201+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgb99093ca91261939de	ticket.commented	cmx3pqgam285ba48380eb42ce	{"id" : "cmx3pqgb99093ca91261939de", "type" : "ticket.commented", "timestamp" : "2026-11-30T20:20:50.325Z", "data" : {"ticket" : {"id" : "cmx3pqgam285ba48380eb42ce", "ticketNumber" : 1, "subject" : "The oven is cold", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.302Z", "updatedAt" : "2026-11-30T20:20:50.325Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "comment" : {"id" : "cmx3pqgb97253c083effaf403", "content" : "Thank you. \\"é\\\\\\n😀", "author" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "createdAt" : "2026-11-30T20:20:50.325Z"}}}	2026-11-30 20:20:50.325816+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbe32ac79c9b26c8637	ticket.created	cmx3pqgbe2f7460dd7181c3a0	{"id" : "cmx3pqgbe32ac79c9b26c8637", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.330Z", "data" : {"ticket" : {"id" : "cmx3pqgbe2f7460dd7181c3a0", "ticketNumber" : 2, "subject" : "No salsa", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.330Z", "updatedAt" : "2026-11-30T20:20:50.330Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgbe37300897a99621e1", "name" : "second", "email" : "second@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.330327+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbode54f738784050b6	ticket.updated	cmx3pqgbe2f7460dd7181c3a0	{"id" : "cmx3pqgbode54f738784050b6", "type" : "ticket.updated", "timestamp" : "2026-11-30T20:20:50.340Z", "data" : {"ticket" : {"id" : "cmx3pqgbe2f7460dd7181c3a0", "ticketNumber" : 2, "subject" : "No salsa", "description" : "It was warm yesterday.", "status" : "IN_PROGRESS", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.330Z", "updatedAt" : "2026-11-30T20:20:50.340Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgbe37300897a99621e1", "name" : "second", "email" : "second@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "IN_PROGRESS"} }}}	2026-11-30 20:20:50.340122+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbsc14ce357a835b003	ticket.created	cmx3pqgbscffb5911f505682f	{"id" : "cmx3pqgbsc14ce357a835b003", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.344Z", "data" : {"ticket" : {"id" : "cmx3pqgbscffb5911f505682f", "ticketNumber" : 3, "subject" : "Till is stuck", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.344Z", "updatedAt" : "2026-11-30T20:20:50.344Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.344119+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgc006c3e2f2f1a1e471	ticket.updated	cmx3pqgbscffb5911f505682f	{"id" : "cmx3pqgc006c3e2f2f1a1e471", "type" : "ticket.updated", "timestamp" : "2026-11-30T20:20:50.352Z", "data" : {"ticket" : {"id" : "cmx3pqgbscffb5911f505682f", "ticketNumber" : 3, "subject" : "Till is stuck", "description" : "It was warm yesterday.", "status" : "RESOLVED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.344Z", "updatedAt" : "2026-11-30T20:20:50.352Z", "resolvedAt" : "2026-11-30T20:20:50.352Z", "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "RESOLVED"} }}}	2026-11-30 20:20:50.352497+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgc03ff6b6eccfe37eee	ticket.resolved	cmx3pqgbscffb5911f505682f	{"id" : "cmx3pqgc03ff6b6eccfe37eee", "type" : "ticket.resolved", "timestamp" : "2026-11-30T20:20:50.352Z", "data" : {"ticket" : {"id" : "cmx3pqgbscffb5911f505682f", "ticketNumber" : 3, "subject" : "Till is stuck", "description" : "It was warm yesterday.", "status" : "RESOLVED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.344Z", "updatedAt" : "2026-11-30T20:20:50.352Z", "resolvedAt" : "2026-11-30T20:20:50.352Z", "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "RESOLVED"} }}}	2026-11-30 20:20:50.352497+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgca2d8f9236023cd925	ticket.created	cmx3pqgca9680e7ce9a98f03b	{"id" : "cmx3pqgca2d8f9236023cd925", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.362Z", "data" : {"ticket" : {"id" : "cmx3pqgca9680e7ce9a98f03b", "ticketNumber" : 4, "subject" : "Menu is wrong", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.362Z", "updatedAt" : "2026-11-30T20:20:50.362Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.362605+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgch869a065f50f502c2	ticket.updated	cmx3pqgca9680e7ce9a98f03b	{"id" : "cmx3pqgch869a065f50f502c2", "type" : "ticket.updated", "timestamp" : "2026-11-30T20:20:50.369Z", "data" : {"ticket" : {"id" : "cmx3pqgca9680e7ce9a98f03b", "ticketNumber" : 4, "subject" : "Menu is wrong", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.362Z", "updatedAt" : "2026-11-30T20:20:50.369Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:50.369Z", "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "CLOSED"} }}}	2026-11-30 20:20:50.369847+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgch80b14537869f1009	ticket.closed	cmx3pqgca9680e7ce9a98f03b	{"id" : "cmx3pqgch80b14537869f1009", "type" : "ticket.closed", "timestamp" : "2026-11-30T20:20:50.369Z", "data" : {"ticket" : {"id" : "cmx3pqgca9680e7ce9a98f03b", "ticketNumber" : 4, "subject" : "Menu is wrong", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.362Z", "updatedAt" : "2026-11-30T20:20:50.369Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:50.369Z", "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "CLOSED"} }}}	2026-11-30 20:20:50.369847+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgcnaf52e1fe5c59e5c7	ticket.created	cmx3pqgcn206f8dd9fdfd7795	{"id" : "cmx3pqgcnaf52e1fe5c59e5c7", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.375Z", "data" : {"ticket" : {"id" : "cmx3pqgcn206f8dd9fdfd7795", "ticketNumber" : 5, "subject" : "Oven again", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.375Z", "updatedAt" : "2026-11-30T20:20:50.375Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.375993+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgct3bbd35d0a9a9dbe6	ticket.commented	cmx3pqgcn206f8dd9fdfd7795	{"id" : "cmx3pqgct3bbd35d0a9a9dbe6", "type" : "ticket.commented", "timestamp" : "2026-11-30T20:20:50.381Z", "data" : {"ticket" : {"id" : "cmx3pqgcn206f8dd9fdfd7795", "ticketNumber" : 5, "subject" : "Oven again", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.375Z", "updatedAt" : "2026-11-30T20:20:50.381Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "comment" : {"id" : "cmx3pqgct82ed8c13ddffe4ee", "content" : "Still cold.", "author" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "createdAt" : "2026-11-30T20:20:50.381Z"}}}	2026-11-30 20:20:50.381716+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgd0a879266972f04529	ticket.merged	cmx3pqgcn206f8dd9fdfd7795	{"id" : "cmx3pqgd0a879266972f04529", "type" : "ticket.merged", "timestamp" : "2026-11-30T20:20:50.388Z", "data" : {"ticket" : {"id" : "cmx3pqgcn206f8dd9fdfd7795", "ticketNumber" : 5, "subject" : "Oven again", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.375Z", "updatedAt" : "2026-11-30T20:20:50.388Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:50.388Z", "mergedIntoId" : "cmx3pqgam285ba48380eb42ce", "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "mergedInto" : {"id" : "cmx3pqgam285ba48380eb42ce", "ticketNumber" : 1, "subject" : "The oven is cold", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.302Z", "updatedAt" : "2026-11-30T20:20:50.388Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.388286+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqj0430399d026f860cb7	ticket.created	cmx3pqj040809b17c040796cd	{"id" : "cmx3pqj0430399d026f860cb7", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:53.812Z", "data" : {"ticket" : {"id" : "cmx3pqj040809b17c040796cd", "ticketNumber" : 6, "subject" : "No guacamole", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:53.812Z", "updatedAt" : "2026-11-30T20:20:53.812Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqj04ecfba1b133f8c32f", "name" : "third", "email" : "third@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:53.812843+00	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqgduf8d6e4b49209577b	ticket.created	cmx3pqgdu87493049b82e1ddc	{"id" : "cmx3pqgduf8d6e4b49209577b", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:50.418Z", "data" : {"ticket" : {"id" : "cmx3pqgdu87493049b82e1ddc", "ticketNumber" : 1, "subject" : "Elsewhere", "description" : "x", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.418Z", "updatedAt" : "2026-11-30T20:20:50.418Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgdu941a61f56c22f475", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:50.418598+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqj60178d44a70a2a2962	ticket.updated	cmx3pqj040809b17c040796cd	{"id" : "cmx3pqj60178d44a70a2a2962", "type" : "ticket.updated", "timestamp" : "2026-11-30T20:20:54.024Z", "data" : {"ticket" : {"id" : "cmx3pqj040809b17c040796cd", "ticketNumber" : 6, "subject" : "No guacamole", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:53.812Z", "updatedAt" : "2026-11-30T20:20:54.024Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:54.024Z", "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqj04ecfba1b133f8c32f", "name" : "third", "email" : "third@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "CLOSED"} }}}	2026-11-30 20:20:54.024426+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqj607f2625f2874a37d9	ticket.closed	cmx3pqj040809b17c040796cd	{"id" : "cmx3pqj607f2625f2874a37d9", "type" : "ticket.closed", "timestamp" : "2026-11-30T20:20:54.024Z", "data" : {"ticket" : {"id" : "cmx3pqj040809b17c040796cd", "ticketNumber" : 6, "subject" : "No guacamole", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:53.812Z", "updatedAt" : "2026-11-30T20:20:54.024Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:54.024Z", "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqj04ecfba1b133f8c32f", "name" : "third", "email" : "third@example.com", "role" : "client"}, "assignee" : null}, "changes" : { "status" : {"from" : "OPEN", "to" : "CLOSED"} }}}	2026-11-30 20:20:54.024426+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqjkc09e1f10d1461077b	ticket.created	cmx3pqjkc1c443535699f3334	{"id" : "cmx3pqjkc09e1f10d1461077b", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:54.540Z", "data" : {"ticket" : {"id" : "cmx3pqjkc1c443535699f3334", "ticketNumber" : 7, "subject" : "No beans", "description" : "None.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:54.540Z", "updatedAt" : "2026-11-30T20:20:54.540Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:54.54039+00	00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
cmx3pqej9eb82616676db4caf	cmx3pqjkl1af4b19afc772ee3	ticket.commented	cmx3pqjkc1c443535699f3334	{"id" : "cmx3pqjkl1af4b19afc772ee3", "type" : "ticket.commented", "timestamp" : "2026-11-30T20:20:54.549Z", "data" : {"ticket" : {"id" : "cmx3pqjkc1c443535699f3334", "ticketNumber" : 7, "subject" : "No beans", "description" : "None.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:54.540Z", "updatedAt" : "2026-11-30T20:20:54.549Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "comment" : {"id" : "cmx3pqjkl57a6b9c1c7fea35b", "content" : "Beans are on their way.", "author" : {"id" : "cmx3pqeu0c8f61f36e2df3e32", "name" : "Ada Agent", "email" : "agent@acme.example", "role" : "agent"}, "createdAt" : "2026-11-30T20:20:54.549Z"}}}	2026-11-30 20:20:54.549387+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqjks8a50b9066d667a2e	ticket.commented	cmx3pqgbe2f7460dd7181c3a0	{"id" : "cmx3pqjks8a50b9066d667a2e", "type" : "ticket.commented", "timestamp" : "2026-11-30T20:20:54.556Z", "data" : {"ticket" : {"id" : "cmx3pqgbe2f7460dd7181c3a0", "ticketNumber" : 2, "subject" : "No salsa", "description" : "It was warm yesterday.", "status" : "IN_PROGRESS", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:50.330Z", "updatedAt" : "2026-11-30T20:20:54.556Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgbe37300897a99621e1", "name" : "second", "email" : "second@example.com", "role" : "client"}, "assignee" : null}, "comment" : {"id" : "cmx3pqjksa29ed117dc72cbb4", "content" : "Which salsa?", "author" : {"id" : "cmx3pqeu0c8f61f36e2df3e32", "name" : "Ada Agent", "email" : "agent@acme.example", "role" : "agent"}, "createdAt" : "2026-11-30T20:20:54.556Z"}}}	2026-11-30 20:20:54.556615+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqjl5689db6f38337406e	ticket.created	cmx3pqjl5557218ad3e73cd94	{"id" : "cmx3pqjl5689db6f38337406e", "type" : "ticket.created", "timestamp" : "2026-11-30T20:20:54.569Z", "data" : {"ticket" : {"id" : "cmx3pqjl5557218ad3e73cd94", "ticketNumber" : 8, "subject" : "Beans again", "description" : "It was warm yesterday.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:54.569Z", "updatedAt" : "2026-11-30T20:20:54.569Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:54.569097+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqjld4f862ee6a9cb49a3	ticket.merged	cmx3pqjl5557218ad3e73cd94	{"id" : "cmx3pqjld4f862ee6a9cb49a3", "type" : "ticket.merged", "timestamp" : "2026-11-30T20:20:54.577Z", "data" : {"ticket" : {"id" : "cmx3pqjl5557218ad3e73cd94", "ticketNumber" : 8, "subject" : "Beans again", "description" : "It was warm yesterday.", "status" : "CLOSED", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:54.569Z", "updatedAt" : "2026-11-30T20:20:54.577Z", "resolvedAt" : null, "closedAt" : "2026-11-30T20:20:54.577Z", "mergedIntoId" : "cmx3pqjkc1c443535699f3334", "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}, "mergedInto" : {"id" : "cmx3pqjkc1c443535699f3334", "ticketNumber" : 7, "subject" : "No beans", "description" : "None.", "status" : "OPEN", "priority" : "MEDIUM", "source" : "API", "tags" : [], "createdAt" : "2026-11-30T20:20:54.540Z", "updatedAt" : "2026-11-30T20:20:54.577Z", "resolvedAt" : null, "closedAt" : null, "mergedIntoId" : null, "createdBy" : {"id" : "cmx3pqgak91170c8387500cb6", "name" : "client", "email" : "client@example.com", "role" : "client"}, "assignee" : null}}}	2026-11-30 20:20:54.577019+00	\N
\.

COPY helpdesk.idempotency_keys (org_id, key, fingerprint, answer, comments, created_at) FROM stdin;
cmx3pqej9eb82616676db4caf	kept-ticket	\\x392984eed73bed79fabf0a4d10cc4932cd0af65cb5837f33c00eaf212454ad5c	{"c0":"cmx3pqgam285ba48380eb42ce","c1":1,"c2":"The oven is cold","c3":"It was warm yesterday.","c4":"OPEN","c5":"MEDIUM","c6":"API","c7":[],"c8":"2026-11-30T20:20:50.302475+00:00","c9":"2026-11-30T20:20:50.302475+00:00","c10":null,"c11":null,"c12":null,"c13":"cmx3pqgak91170c8387500cb6","c14":"client","c15":"client@example.com","c16":"client","c17":null,"c18":null,"c19":null,"c20":null,"c21":"ok","c22":true}	\N	2026-11-30 20:20:50.303177+00
cmx3pqej9eb82616676db4caf	kept-comment	\\x5664f0416fd0523f280cf63ee38f9377b825305c079d3007d6e421a59d02228b	{"c0":"cmx3pqgb4080c995e580e91c0","c1":"We look into it.","c2":"2026-11-30T20:20:50.320201+00:00","c3":"cmx3pqeu0c8f61f36e2df3e32","c4":"Ada Agent","c5":"agent@acme.example","c6":"agent","c7":"ok","c8":false}	\N	2026-11-30 20:20:50.320743+00
cmx3pqej9eb82616676db4caf	kept-merge	\\x97fdf96aa208b0ee73915174f8255deb8d30736422ee6aabeabac62783843371	{"c0":"cmx3pqgam285ba48380eb42ce","c1":1,"c2":"The oven is cold","c3":"It was warm yesterday.","c4":"OPEN","c5":"MEDIUM","c6":"API","c7":[],"c8":"2026-11-30T20:20:50.302475+00:00","c9":"2026-11-30T20:20:50.388286+00:00","c10":null,"c11":null,"c12":null,"c13":"cmx3pqgak91170c8387500cb6","c14":"client","c15":"client@example.com","c16":"client","c17":null,"c18":null,"c19":null,"c20":null,"c21":"ok","c22":true}	[{"c0":"cmx3pqgb4080c995e580e91c0","c1":"We look into it.","c2":"2026-11-30T20:20:50.320201+00:00","c3":"cmx3pqeu0c8f61f36e2df3e32","c4":"Ada Agent","c5":"agent@acme.example","c6":"agent"}, {"c0":"cmx3pqgb97253c083effaf403","c1":"Thank you. \\"é\\\\\\n😀","c2":"2026-11-30T20:20:50.325816+00:00","c3":"cmx3pqgak91170c8387500cb6","c4":"client","c5":"client@example.com","c6":"client"}, {"c0":"cmx3pqgct82ed8c13ddffe4ee","c1":"Still cold.","c2":"2026-11-30T20:20:50.381716+00:00","c3":"cmx3pqgak91170c8387500cb6","c4":"client","c5":"client@example.com","c6":"client"}]	2026-11-30 20:20:50.388677+00
cmx3pqej9eb82616676db4caf	kept-conversation	\\x1de964e970cce77e8234117c01d0d207175ecba2cf18cfa8e24b4ae0f2389092	{"c0":"cmx3pqgd8f229715094b70cf3","c1":"active","c2":"Sam","c3":"sam@example.com","c4":"2026-11-30T20:20:50.39682+00:00","c5":"2026-11-30T20:20:50.39682+00:00"}	\N	2026-11-30 20:20:50.397222+00
cmx3pqej9eb82616676db4caf	kept-message	\\xcf9b5bdc5417445f7ebbb77280ba4a66c8664499f5930395f6aca32258c43fae	{"c0":"cmx3pqgdd9d4ce9cd1360add5","c1":"visitor","c2":null,"c3":"Hello","c4":"2026-11-30T20:20:50.401044+00:00","c5":"ok"}	\N	2026-11-30 20:20:50.401374+00
cmx3pqej9eb82616676db4caf	kept-ticket-29	\\xb0459a49d625e21762b90bbfe10b0ae3fea0d2e41ce6adf2f2718c60ae8a522c	{"c0":"cmx3pqjkc1c443535699f3334","c1":7,"c2":"No beans","c3":"None.","c4":"OPEN","c5":"MEDIUM","c6":"API","c7":[],"c8":"2026-11-30T20:20:54.54039+00:00","c9":"2026-11-30T20:20:54.54039+00:00","c10":null,"c11":null,"c12":null,"c13":"cmx3pqgak91170c8387500cb6","c14":"client","c15":"client@example.com","c16":"client","c17":null,"c18":null,"c19":null,"c20":null,"c21":"ok","c22":true}	\N	2026-11-30 20:20:54.541559+00
cmx3pqej9eb82616676db4caf	kept-comment-29	\\x12432a32ee462934f4cb8556fef5d532db8dc38d1f8b0b87c151b62506625954	{"c0":"cmx3pqjkl57a6b9c1c7fea35b","c1":"Beans are on their way.","c2":"2026-11-30T20:20:54.549387+00:00","c3":"cmx3pqeu0c8f61f36e2df3e32","c4":"Ada Agent","c5":"agent@acme.example","c6":"agent","c7":"ok","c8":false}	\N	2026-11-30 20:20:54.549753+00
cmx3pqej9eb82616676db4caf	kept-conversation-29	\\xdd5bfb939e9b452cc2241a9e67cff24fb2ab2a9aa22abdd5d003887a2d4351dd	{"c0":"cmx3pqjkw658ebc5630cfbaac","c1":"active","c2":"Lee","c3":null,"c4":"2026-11-30T20:20:54.560308+00:00","c5":"2026-11-30T20:20:54.560308+00:00"}	\N	2026-11-30 20:20:54.560736+00
cmx3pqej9eb82616676db4caf	kept-message-29	\\x2edfb5d536f29fbbc9065dd9b60e87e7b47afe15f3c48d56804789be99616179	{"c0":"cmx3pqjl0a45232b99f980dd6","c1":"visitor","c2":null,"c3":"Anybody?","c4":"2026-11-30T20:20:54.564579+00:00","c5":"ok"}	\N	2026-11-30 20:20:54.564785+00
cmx3pqej9eb82616676db4caf	kept-merge-29	\\x6e93e5d85de61dd647b3e67eb30cea6b781b932a5c1cee3758cba8b25515ffdd	{"c0":"cmx3pqjkc1c443535699f3334","c1":7,"c2":"No beans","c3":"None.","c4":"OPEN","c5":"MEDIUM","c6":"API","c7":[],"c8":"2026-11-30T20:20:54.54039+00:00","c9":"2026-11-30T20:20:54.577019+00:00","c10":null,"c11":null,"c12":null,"c13":"cmx3pqgak91170c8387500cb6","c14":"client","c15":"client@example.com","c16":"client","c17":null,"c18":null,"c19":null,"c20":null,"c21":"ok","c22":true}	[{"c0":"cmx3pqjkl57a6b9c1c7fea35b","c1":"Beans are on their way.","c2":"2026-11-30T20:20:54.549387+00:00","c3":"cmx3pqeu0c8f61f36e2df3e32","c4":"Ada Agent","c5":"agent@acme.example","c6":"agent"}]	2026-11-30 20:20:54.577409+00
\.

COPY helpdesk.invitations (org_id, user_id, created_by, hash, created_at, expires_at, submission) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqezx664ea4e95126cccc	\N	\\xcaa8e2689b1d326dc082cb923e6241938ff3c32e3ad88deddadf1ebe3d648a35	2026-11-30 20:20:50.280632+00	2026-12-07 20:20:50.280632+00	\N
\.

COPY helpdesk.messages (org_id, id, conversation_id, sender_type, sender_id, content, created_at) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgdd9d4ce9cd1360add5	cmx3pqgd8f229715094b70cf3	visitor	\N	Hello	2026-11-30 20:20:50.401044+00
cmx3pqej9eb82616676db4caf	cmx3pqgdh98e05eb32592cdc4	cmx3pqgd8f229715094b70cf3	agent	\N	How can I help?	2026-11-30 20:20:50.405154+00
cmx3pqej9eb82616676db4caf	cmx3pqjl0a45232b99f980dd6	cmx3pqjkw658ebc5630cfbaac	visitor	\N	Anybody?	2026-11-30 20:20:54.564579+00
\.

COPY helpdesk.organizations (id, name, plan, created_at) FROM stdin;
cmx3pqej9eb82616676db4caf	Acme	PRO	2026-11-30 20:20:48.0213+00
cmx3pqeku2cb9117bd7df60bb	Other	PRO	2026-11-30 20:20:48.078789+00
\.

COPY helpdesk.rate_limits (org_id, key_id, version, hits, slots, last_slot, used) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqf1h9535769e808b3e29	1796070050295790	{"2026-11-30 20:20:50.296297+00","2026-11-30 20:20:50.316707+00","2026-11-30 20:20:50.323922+00","2026-11-30 20:20:50.328538+00","2026-11-30 20:20:50.335423+00","2026-11-30 20:20:50.343333+00","2026-11-30 20:20:50.348818+00","2026-11-30 20:20:50.357514+00","2026-11-30 20:20:50.368743+00","2026-11-30 20:20:50.375042+00","2026-11-30 20:20:50.380267+00","2026-11-30 20:20:50.384423+00","2026-11-30 20:20:50.395264+00","2026-11-30 20:20:50.39959+00","2026-11-30 20:20:50.404149+00","2026-11-30 20:20:50.407534+00","2026-11-30 20:20:50.412366+00","2026-11-30 20:20:53.811704+00","2026-11-30 20:20:54.012938+00","2026-11-30 20:20:54.030676+00","2026-11-30 20:20:54.034144+00","2026-11-30 20:20:54.037015+00","2026-11-30 20:20:54.041016+00","2026-11-30 20:20:54.043495+00","2026-11-30 20:20:54.045581+00","2026-11-30 20:20:54.047434+00","2026-11-30 20:20:54.049481+00","2026-11-30 20:20:54.051302+00","2026-11-30 20:20:54.053176+00","2026-11-30 20:20:54.055451+00","2026-11-30 20:20:54.532114+00","2026-11-30 20:20:54.545871+00","2026-11-30 20:20:54.553243+00","2026-11-30 20:20:54.55913+00","2026-11-30 20:20:54.563158+00","2026-11-30 20:20:54.566948+00","2026-11-30 20:20:54.572219+00","2026-11-30 20:20:54.581046+00","2026-11-30 20:20:54.584672+00","2026-11-30 20:20:54.587575+00","2026-11-30 20:20:54.591122+00","2026-11-30 20:20:54.593487+00","2026-11-30 20:20:54.595882+00","2026-11-30 20:20:54.598012+00","2026-11-30 20:20:54.600208+00","2026-11-30 20:20:54.60228+00","2026-11-30 20:20:54.604426+00","2026-11-30 20:20:54.606505+00","2026-11-30 20:20:54.608513+00","2026-11-30 20:20:54.611228+00","2026-11-30 20:20:54.613533+00"}	{}	0	0
cmx3pqeku2cb9117bd7df60bb	cmx3pqf6dcf76f4373bd6491d	1796070050415230	{}	{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}	17960700504	1
cmx3pqej9eb82616676db4caf	cmx3pqfrn7c8f447658b06928	1796070050421098	{"2026-11-30 20:20:50.421474+00"}	{}	0	0
\.

COPY helpdesk.sessions (org_id, hash, user_id, epoch, created_at, last_seen_at) FROM stdin;
cmx3pqej9eb82616676db4caf	\\xf81c758905e4efec823d37b64671aef90f53a00d34612d644242a4a876b79974	cmx3pqepj5a683f0855050d3c	0	2026-11-30 20:20:49.609567+00	2026-11-30 20:20:49.609567+00
\.

COPY helpdesk.sign_in_attempts (subject, hits, last_at) FROM stdin;
\\x84c6532ae003b82cf85f7c4345c1324dd931821b56de185f086da6947c4a4196	{"2026-11-30 20:20:49.505691+00"}	2026-11-30 20:20:49.505691+00
\\xc61455f31f2970fd238063ffcc31c5f52b90428c8e24db576db4bdf067f73dc7	{"2026-11-30 20:20:49.505691+00","2026-11-30 20:20:49.627427+00"}	2026-11-30 20:20:49.62743+00
\\x25c833c8facadc021f32d52b06560cac9a8e3fc383278b6699ffb5f10cd43744	{"2026-11-30 20:20:49.627427+00"}	2026-11-30 20:20:49.627427+00
\\xc530b70872cd307fac6ef3ce5dfd11ecc3b9d5a650200aa02e592ac6f6ae5678	{"2026-11-30 20:20:49.627427+00"}	2026-11-30 20:20:49.627427+00
\.

COPY helpdesk.ticket_counters (org_id, last_number, open, in_progress, waiting, resolved, closed) FROM stdin;
cmx3pqeku2cb9117bd7df60bb	1	1	0	0	0	0
cmx3pqej9eb82616676db4caf	8	2	1	0	1	4
\.

COPY helpdesk.tickets (org_id, id, number, subject, description, status, priority, source, tags, created_by, assignee_id, merged_into_id, created_at, updated_at, resolved_at, closed_at, comment_count) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqgbscffb5911f505682f	3	Till is stuck	It was warm yesterday.	RESOLVED	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	\N	2026-11-30 20:20:50.344119+00	2026-11-30 20:20:50.352497+00	2026-11-30 20:20:50.352497+00	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgca9680e7ce9a98f03b	4	Menu is wrong	It was warm yesterday.	CLOSED	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	\N	2026-11-30 20:20:50.362605+00	2026-11-30 20:20:50.369847+00	\N	2026-11-30 20:20:50.369847+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgam285ba48380eb42ce	1	The oven is cold	It was warm yesterday.	OPEN	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	\N	2026-11-30 20:20:50.302475+00	2026-11-30 20:20:50.388286+00	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqgcn206f8dd9fdfd7795	5	Oven again	It was warm yesterday.	CLOSED	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	cmx3pqgam285ba48380eb42ce	2026-11-30 20:20:50.375993+00	2026-11-30 20:20:50.388286+00	\N	2026-11-30 20:20:50.388286+00	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqgdu87493049b82e1ddc	1	Elsewhere	x	OPEN	MEDIUM	API	{}	cmx3pqgdu941a61f56c22f475	\N	\N	2026-11-30 20:20:50.418598+00	2026-11-30 20:20:50.418598+00	\N	\N	\N
cmx3pqej9eb82616676db4caf	cmx3pqj040809b17c040796cd	6	No guacamole	It was warm yesterday.	CLOSED	MEDIUM	API	{}	cmx3pqj04ecfba1b133f8c32f	\N	\N	2026-11-30 20:20:53.812843+00	2026-11-30 20:20:54.024426+00	\N	2026-11-30 20:20:54.024426+00	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbe2f7460dd7181c3a0	2	No salsa	It was warm yesterday.	IN_PROGRESS	MEDIUM	API	{}	cmx3pqgbe37300897a99621e1	\N	\N	2026-11-30 20:20:50.330327+00	2026-11-30 20:20:54.556615+00	\N	\N	1
cmx3pqej9eb82616676db4caf	cmx3pqjkc1c443535699f3334	7	No beans	None.	OPEN	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	\N	2026-11-30 20:20:54.54039+00	2026-11-30 20:20:54.577019+00	\N	\N	1
cmx3pqej9eb82616676db4caf	cmx3pqjl5557218ad3e73cd94	8	Beans again	It was warm yesterday.	CLOSED	MEDIUM	API	{}	cmx3pqgak91170c8387500cb6	\N	cmx3pqjkc1c443535699f3334	2026-11-30 20:20:54.569097+00	2026-11-30 20:20:54.577019+00	\N	2026-11-30 20:20:54.577019+00	0
\.

COPY helpdesk.users (org_id, id, name, email, role, password_hash, created_at, sessions_epoch, last_signed_in_at) FROM stdin;
cmx3pqej9eb82616676db4caf	cmx3pqeu0c8f61f36e2df3e32	Ada Agent	agent@acme.example	agent	$scrypt$ln=15,r=8,p=1$TuGvVN9RfpU6O9Y8FYLTtA$fh7lpFn9qD5vOqxUDXjqXRjsTPrmxbODUj8IqPGR7T4	2026-11-30 20:20:48.408835+00	0	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqeygce4b6f2391e782ff	Olga Other	admin@other.example	admin	$scrypt$ln=15,r=8,p=1$hitGG3D6WOspeYCFmsR1ew$QbMG70UbA6lkGSdfsGxdUqaf63UQf6s7P9l9q/Kztzo	2026-11-30 20:20:48.568754+00	0	\N
cmx3pqej9eb82616676db4caf	cmx3pqezx664ea4e95126cccc	Noor New	new@acme.example	agent	\N	2026-11-30 20:20:48.62109+00	0	\N
cmx3pqej9eb82616676db4caf	cmx3pqepj5a683f0855050d3c	Bob Admin	admin@acme.example	admin	$scrypt$ln=15,r=8,p=1$nVi8rv2qdmKn9ZCDz6eRIA$2CCFcZqDpnfgZ3hjZNa2lrhnIpgklfmoDq1DzK9ppFs	2026-11-30 20:20:48.247165+00	0	2026-11-30 20:20:49.609844+00
cmx3pqej9eb82616676db4caf	cmx3pqgak91170c8387500cb6	client	client@example.com	client	\N	2026-11-30 20:20:50.302329+00	0	\N
cmx3pqej9eb82616676db4caf	cmx3pqgbe37300897a99621e1	second	second@example.com	client	\N	2026-11-30 20:20:50.330173+00	0	\N
cmx3pqeku2cb9117bd7df60bb	cmx3pqgdu941a61f56c22f475	client	client@example.com	client	\N	2026-11-30 20:20:50.418528+00	0	\N
cmx3pqej9eb82616676db4caf	cmx3pqj04ecfba1b133f8c32f	third	third@example.com	client	\N	2026-11-30 20:20:53.812741+00	0	\N
\.

COPY migrations.applied (version, name, checksum, applied_at) FROM stdin;
1	0001_organizations.sql	741ce2a2aa07c9b6b917292bc5c179a01bef0bb1f9de1931af097d15b1773a22	2026-11-30 20:20:47.876569+00
2	0002_rate_limits.sql	10ed07b68ef7bdf573ec86fddd20c62037fc917bf282d82fecf2266fc8b3f90c	2026-11-30 20:20:47.886826+00
3	0003_tickets.sql	af791b50c7417de54562e950788886167cf679e2d2916273f2f7f8d92106532a	2026-11-30 20:20:47.890388+00
4	0004_chat.sql	9b486235f5689d8515f289c33f9529496bb941468ff22755fd5d4afdbe485295	2026-11-30 20:20:47.904463+00
5	0005_webhooks.sql	48f1e00d473754cd2c2a9b55bd1f63d47ada1c58c0c73f13890fb166853a02f1	2026-11-30 20:20:47.910594+00
6	0006_webhook_queue.sql	8196b0abcdd40b847c160abd4dbe22d875a7ae0af5c1962e1453eb82365d41fa	2026-11-30 20:20:47.922045+00
7	0007_console.sql	33f714a3e661814acda1c48b12b6427b6788c5d85c06cf887736561c99cc3439	2026-11-30 20:20:47.924751+00
8	0008_webhook_settings.sql	b6fc6e259888a7acf72db63925cbe5d14182d957c4c35e43f26f06130a20003a	2026-11-30 20:20:47.932413+00
9	0009_invitations.sql	1ce6ca53dec22a18ec235d21e5d9dcd2affdd4535003bc40bac9d52df393d752	2026-11-30 20:20:47.934771+00
10	0010_admission_plan.sql	429e9172d9f2319b9c99de963661100367277181a5b7d3bba1d4afa49ade7e24	2026-11-30 20:20:47.938752+00
11	0011_idempotency_keys.sql	1b88c625d84a2fd38c4d4e956e2a4f0aaf4811b95eeb71f127f72cb3adab007b	2026-11-30 20:20:47.939692+00
12	0012_sealed_secrets.sql	95d1945fe848060981d7936be7eb25423ac68c58128e577ff834402e0adc1b30	2026-11-30 20:20:47.941989+00
13	0013_search_paths.sql	eaf2eedf00e626fbc148480cae71210f5668a89b536a6bd462204811d36cdd21	2026-11-30 20:20:47.943018+00
14	0014_secret_keys_in_use.sql	8f73189134d6a830136256b4ace3acb39874e882aa15992369dd87822da25db5	2026-11-30 20:20:47.943498+00
15	0015_admission_batch.sql	376a4799450b6bfb5c67170419f364b22d623e2694e30ef9e030af285ad457c9	2026-11-30 20:20:47.944419+00
16	0016_next_moment.sql	0e0a65f8736db2260237e97e292eb049349ab9d459ac550a3e88256e065289a2	2026-11-30 20:20:54.334768+00
17	0017_admission_clock.sql	7eb25dd8e56254ec838836fbe946846174dd0e3dc62f54340623da58adfe7ce7	2026-11-30 20:20:54.335555+00
18	0018_failing_since.sql	204795b06364deace312d28e4e9e482a48a06f5d401cb6027184fbbfa2e206d2	2026-11-30 20:20:54.337748+00
19	0019_ops_made.sql	8103f23097da944715f4ec90e798b15e441de206a157e3b0ed94dae3e6fd9921	2026-11-30 20:20:54.339981+00
20	0020_email_key.sql	e495be9b6b2390cf57cc56767b79c94d7eea4ac7bf73bef23d87143e3f0dc370	2026-11-30 20:20:54.341594+00
21	0021_item_counts.sql	a80e143d03fbd72bf5af33fdef0e614493f9b4b9a8170574c52f56f4fa651ab9	2026-11-30 20:20:54.359844+00
22	0022_audit_of_ended_organizations.sql	1b5f75160c96e58da9ee8019b90e3e92574f43f3870f02fcd0888488ee786e65	2026-11-30 20:20:54.360977+00
23	0023_tickets_by_people.sql	58b0171fa4cdd17c0501bae32eace17bedd33ab261acd01536a62b7987dfe570	2026-11-30 20:20:54.361607+00
24	0024_comments_by_author.sql	6369fedfff19296934e2ac4c05b7544825d6ecdb93ac9fe5364ef72c7e57b2c4	2026-11-30 20:20:54.363197+00
25	0025_messages_by_sender.sql	77675a68a553b7f7af04c2986f56a64f8fed8d3111f0e34f91b57a0ba0380baf	2026-11-30 20:20:54.363988+00
26	0026_events_by_ticket.sql	1bf3f8193902353ed38b825fb9919ace0cbedcfcb3113a3cdb99933675a8a750	2026-11-30 20:20:54.36482+00
27	0027_conversations_by_visitor.sql	67b7adfc9cdf1f7269cdb93fb3306296cf44519a89f971ead3609a9a3aaf541c	2026-11-30 20:20:54.36562+00
28	0028_keys_by_creator.sql	07d9be22ed2cb451882c46c9d03d32c6855926ca5fba7d6227e3478920b71ed9	2026-11-30 20:20:54.36718+00
29	0029_event_traceparent.sql	482fa570722bcf52d350c03f99335a0ae4775fe57a6bb32775e6534f1cebfe9a	2026-11-30 20:20:54.368+00
\.

COPY migrations.made (kind, identity) FROM stdin;
function	ops.disable_endpoint(pg_catalog.text,pg_catalog.text)
function	ops.delete_endpoint(pg_catalog.text)
function	ops._check_org(pg_catalog.text)
function	ops.enable_endpoint(pg_catalog.text,boolean)
function	ops._checked_text(pg_catalog.text,pg_catalog.text,integer)
function	ops._checked_choices(pg_catalog.text,pg_catalog.text[],pg_catalog.text[])
function	ops._random_bytes()
function	ops._audit(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops._checked_plan(pg_catalog.text)
function	ops.create_org(pg_catalog.text,pg_catalog.text)
function	ops.set_plan(pg_catalog.text,pg_catalog.text)
function	ops._is_email(pg_catalog.text)
function	ops.create_user(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops.invite_user(pg_catalog.text)
function	ops.end_sessions(pg_catalog.text)
function	ops._add_secret(helpdesk.endpoints,pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops.create_api_key(pg_catalog.text,pg_catalog.text,pg_catalog.text[],integer,timestamp with time zone)
function	ops.revoke_api_key(pg_catalog.text)
function	ops.prune_rate_limits()
function	ops._require_read_committed()
function	ops._lock_endpoint(pg_catalog.text,boolean,pg_catalog.text)
function	ops._checked_events(pg_catalog.text[])
function	ops._checked_url(pg_catalog.text)
function	ops._create_endpoint(pg_catalog.text,pg_catalog.text,pg_catalog.text[],pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops._update_endpoint(helpdesk.endpoints,pg_catalog.text,pg_catalog.text[])
function	ops._delete_endpoint(helpdesk.endpoints)
function	ops._rotate_secret(helpdesk.endpoints,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text[])
function	ops._test_endpoint(helpdesk.endpoints)
function	ops._hold_waiting(helpdesk.endpoints)
function	ops.update_endpoint(pg_catalog.text,pg_catalog.text,pg_catalog.text[])
function	ops._replay(pg_catalog.text,pg_catalog.text)
function	ops._wake_workers()
function	ops._start_replay(helpdesk.endpoints,timestamp with time zone)
function	ops._enable_endpoint(helpdesk.endpoints,boolean)
function	ops._disable_endpoint(helpdesk.endpoints,pg_catalog.text)
function	ops._redeliver(helpdesk.endpoints,pg_catalog.text)
function	ops.create_endpoint(pg_catalog.text,pg_catalog.text,pg_catalog.text[],pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops.rotate_secret(pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text,pg_catalog.text[])
function	ops.test_endpoint(pg_catalog.text)
function	ops._check_endpoint(pg_catalog.text)
function	ops._delivery(pg_catalog.text)
function	ops._check_delivery(pg_catalog.text)
function	ops.redeliver(pg_catalog.text)
function	ops.redeliver_failed(pg_catalog.text,timestamp with time zone,integer,timestamp with time zone)
function	ops._checked_part(integer)
function	ops._delete_events(pg_catalog.text,pg_catalog.text[])
function	ops.delete_ticket(pg_catalog.text,integer)
function	ops._without_person(pg_catalog.text,pg_catalog.text,pg_catalog.text)
function	ops.erase_user(pg_catalog.text,pg_catalog.text,integer,pg_catalog.text)
function	ops.delete_org(pg_catalog.text,pg_catalog.text,integer)
view	ops.organizations_at_a_glance
view	ops.api_keys
view	ops.rate_limit_use
view	ops.endpoints
view	ops.endpoint_health
view	ops.deliveries
view	ops.attempts
view	ops.delivery_queue
view	ops.audit_trail
\.

COPY migrations.remade (only_row, checksum, applied_at) FROM stdin;
t	560f986eac606bd2ccba61636cc5c167a36195cb3d633108adb9330264c5b7c1	2026-11-30 20:20:54.368+00
\.

ALTER TABLE ONLY helpdesk.api_keys
    ADD CONSTRAINT api_keys_hash_key UNIQUE (org_id, hash);

ALTER TABLE ONLY helpdesk.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.api_keys
    ADD CONSTRAINT api_keys_submission_key UNIQUE (org_id, submission);

ALTER TABLE ONLY helpdesk.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.comments
    ADD CONSTRAINT comments_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.conversation_counters
    ADD CONSTRAINT conversation_counters_pkey PRIMARY KEY (org_id);

ALTER TABLE helpdesk.conversations
    ADD CONSTRAINT conversations_message_count_check CHECK ((message_count >= 0)) NOT VALID;

ALTER TABLE ONLY helpdesk.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.endpoint_secrets
    ADD CONSTRAINT endpoint_secrets_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.endpoints
    ADD CONSTRAINT endpoints_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.endpoints
    ADD CONSTRAINT endpoints_submission_key UNIQUE (org_id, submission);

ALTER TABLE ONLY helpdesk.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (org_id, id);

ALTER TABLE helpdesk.events
    ADD CONSTRAINT events_traceparent_check CHECK ((octet_length(traceparent) <= 64)) NOT VALID;

ALTER TABLE ONLY helpdesk.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (org_id, key);

ALTER TABLE ONLY helpdesk.invitations
    ADD CONSTRAINT invitations_hash_key UNIQUE (org_id, hash);

ALTER TABLE ONLY helpdesk.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (org_id, user_id);

ALTER TABLE ONLY helpdesk.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY helpdesk.rate_limits
    ADD CONSTRAINT rate_limits_pkey PRIMARY KEY (org_id, key_id);

ALTER TABLE ONLY helpdesk.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (org_id, hash);

ALTER TABLE ONLY helpdesk.sign_in_attempts
    ADD CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY helpdesk.ticket_counters
    ADD CONSTRAINT ticket_counters_pkey PRIMARY KEY (org_id);

ALTER TABLE helpdesk.tickets
    ADD CONSTRAINT tickets_comment_count_check CHECK ((comment_count >= 0)) NOT VALID;

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_number_key UNIQUE (org_id, number);

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY helpdesk.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (org_id, id);

ALTER TABLE ONLY migrations.applied
    ADD CONSTRAINT applied_pkey PRIMARY KEY (version);

ALTER TABLE ONLY migrations.made
    ADD CONSTRAINT made_pkey PRIMARY KEY (kind, identity);

ALTER TABLE ONLY migrations.remade
    ADD CONSTRAINT remade_pkey PRIMARY KEY (only_row);

CREATE INDEX api_keys_created_by_idx ON helpdesk.api_keys USING btree (org_id, created_by) WHERE (created_by IS NOT NULL);

CREATE INDEX api_keys_hash_idx ON helpdesk.api_keys USING btree (hash);

CREATE INDEX api_keys_list_idx ON helpdesk.api_keys USING btree (org_id, ((revoked_at IS NULL)), id);

CREATE INDEX attempts_delivery_idx ON helpdesk.attempts USING btree (org_id, delivery_id, number);

CREATE INDEX audit_events_action_idx ON helpdesk.audit_events USING btree (org_id, action, id);

CREATE INDEX audit_events_actor_idx ON helpdesk.audit_events USING btree (org_id, COALESCE(actor_id, ''::text), id);

CREATE INDEX comments_author_idx ON helpdesk.comments USING btree (org_id, author_id, id);

CREATE INDEX comments_ticket_idx ON helpdesk.comments USING btree (org_id, ticket_id, created_at, id);

CREATE INDEX conversations_created_at_idx ON helpdesk.conversations USING btree (org_id, created_at, id);

CREATE INDEX conversations_status_idx ON helpdesk.conversations USING btree (org_id, status, created_at, id);

CREATE INDEX conversations_visitor_email_idx ON helpdesk.conversations USING btree (org_id, helpdesk.email_key(visitor_email) COLLATE "C") WHERE (visitor_email IS NOT NULL);

CREATE INDEX deliveries_endpoint_idx ON helpdesk.deliveries USING btree (org_id, endpoint_id, created_at);

CREATE INDEX deliveries_event_idx ON helpdesk.deliveries USING btree (org_id, event_id);

CREATE INDEX deliveries_failed_idx ON helpdesk.deliveries USING btree (org_id, endpoint_id, finished_at) WHERE (state = 'failed'::text);

CREATE INDEX deliveries_failed_log_idx ON helpdesk.deliveries USING btree (org_id, endpoint_id, created_at) WHERE (state = 'failed'::text);

CREATE INDEX deliveries_finished_idx ON helpdesk.deliveries USING btree (finished_at) WHERE (state = ANY (ARRAY['succeeded'::text, 'failed'::text]));

CREATE INDEX deliveries_held_idx ON helpdesk.deliveries USING btree (org_id, endpoint_id, created_at) WHERE (state = 'held'::text);

CREATE INDEX deliveries_lease_idx ON helpdesk.deliveries USING btree (locked_until) WHERE (state = 'sending'::text);

CREATE INDEX deliveries_queue_idx ON helpdesk.deliveries USING btree (endpoint_id, ((attempts > 0)), next_attempt_at) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX endpoint_secrets_current_key ON helpdesk.endpoint_secrets USING btree (org_id, endpoint_id) WHERE (expires_at IS NULL);

CREATE INDEX endpoint_secrets_endpoint_idx ON helpdesk.endpoint_secrets USING btree (org_id, endpoint_id);

CREATE INDEX endpoint_secrets_key_idx ON helpdesk.endpoint_secrets USING btree (key_id, org_id, id) WHERE (key_id IS NOT NULL);

CREATE INDEX endpoint_secrets_plain_idx ON helpdesk.endpoint_secrets USING btree (org_id, id) WHERE (key_id IS NULL);

CREATE INDEX endpoints_deleted_idx ON helpdesk.endpoints USING btree (org_id, id) WHERE (deleted_at IS NOT NULL);

CREATE INDEX endpoints_disabled_idx ON helpdesk.endpoints USING btree (org_id, id) WHERE (disabled_at IS NOT NULL);

CREATE INDEX endpoints_failing_idx ON helpdesk.endpoints USING btree (org_id, id) WHERE (failing_since IS NOT NULL);

CREATE INDEX endpoints_replay_idx ON helpdesk.endpoints USING btree (org_id, id) WHERE (replay_until IS NOT NULL);

CREATE INDEX events_created_at_idx ON helpdesk.events USING btree (created_at);

CREATE INDEX events_ticket_idx ON helpdesk.events USING btree (org_id, ticket_id) WHERE (ticket_id IS NOT NULL);

CREATE INDEX idempotency_keys_created_at_idx ON helpdesk.idempotency_keys USING btree (created_at);

CREATE INDEX invitations_created_by_idx ON helpdesk.invitations USING btree (org_id, created_by);

CREATE INDEX messages_conversation_idx ON helpdesk.messages USING btree (org_id, conversation_id, created_at, id);

CREATE INDEX messages_sender_idx ON helpdesk.messages USING btree (org_id, sender_id) WHERE (sender_id IS NOT NULL);

CREATE INDEX sessions_created_at_idx ON helpdesk.sessions USING btree (created_at);

CREATE INDEX sessions_hash_idx ON helpdesk.sessions USING btree (hash);

CREATE INDEX sessions_user_idx ON helpdesk.sessions USING btree (org_id, user_id);

CREATE INDEX sign_in_attempts_last_at_idx ON helpdesk.sign_in_attempts USING btree (last_at);

CREATE INDEX tickets_assignee_idx ON helpdesk.tickets USING btree (org_id, assignee_id) WHERE (assignee_id IS NOT NULL);

CREATE INDEX tickets_created_by_idx ON helpdesk.tickets USING btree (org_id, created_by);

CREATE INDEX tickets_merged_into_idx ON helpdesk.tickets USING btree (org_id, merged_into_id) WHERE (merged_into_id IS NOT NULL);

CREATE INDEX tickets_status_idx ON helpdesk.tickets USING btree (org_id, status, number);

CREATE UNIQUE INDEX users_email_folded_key ON helpdesk.users USING btree (org_id, helpdesk.email_key(email) COLLATE "C");

CREATE UNIQUE INDEX users_email_key ON helpdesk.users USING btree (org_id, lower(email));

CREATE INDEX users_staff_email_folded_idx ON helpdesk.users USING btree (helpdesk.email_key(email) COLLATE "C") WHERE (role <> 'client'::text);

CREATE INDEX users_staff_email_idx ON helpdesk.users USING btree (lower(email)) WHERE (role <> 'client'::text);

CREATE INDEX users_staff_idx ON helpdesk.users USING btree (org_id, lower(name), id) WHERE (role <> 'client'::text);

ALTER TABLE ONLY helpdesk.api_keys
    ADD CONSTRAINT api_keys_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES helpdesk.users(org_id, id);

ALTER TABLE ONLY helpdesk.api_keys
    ADD CONSTRAINT api_keys_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.attempts
    ADD CONSTRAINT attempts_delivery_id_fkey FOREIGN KEY (org_id, delivery_id) REFERENCES helpdesk.deliveries(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.comments
    ADD CONSTRAINT comments_author_id_fkey FOREIGN KEY (org_id, author_id) REFERENCES helpdesk.users(org_id, id);

ALTER TABLE ONLY helpdesk.comments
    ADD CONSTRAINT comments_ticket_id_fkey FOREIGN KEY (org_id, ticket_id) REFERENCES helpdesk.tickets(org_id, id);

ALTER TABLE ONLY helpdesk.conversation_counters
    ADD CONSTRAINT conversation_counters_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.conversations
    ADD CONSTRAINT conversations_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.deliveries
    ADD CONSTRAINT deliveries_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES helpdesk.endpoints(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.deliveries
    ADD CONSTRAINT deliveries_event_id_fkey FOREIGN KEY (org_id, event_id) REFERENCES helpdesk.events(org_id, id);

ALTER TABLE ONLY helpdesk.endpoint_secrets
    ADD CONSTRAINT endpoint_secrets_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES helpdesk.endpoints(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.endpoints
    ADD CONSTRAINT endpoints_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.events
    ADD CONSTRAINT events_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.events
    ADD CONSTRAINT events_ticket_id_fkey FOREIGN KEY (org_id, ticket_id) REFERENCES helpdesk.tickets(org_id, id);

ALTER TABLE ONLY helpdesk.invitations
    ADD CONSTRAINT invitations_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES helpdesk.users(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.invitations
    ADD CONSTRAINT invitations_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES helpdesk.users(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.messages
    ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES helpdesk.conversations(org_id, id);

ALTER TABLE ONLY helpdesk.messages
    ADD CONSTRAINT messages_sender_id_fkey FOREIGN KEY (org_id, sender_id) REFERENCES helpdesk.users(org_id, id);

ALTER TABLE ONLY helpdesk.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (org_id, user_id) REFERENCES helpdesk.users(org_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY helpdesk.ticket_counters
    ADD CONSTRAINT ticket_counters_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_assignee_id_fkey FOREIGN KEY (org_id, assignee_id) REFERENCES helpdesk.users(org_id, id);

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_created_by_fkey FOREIGN KEY (org_id, created_by) REFERENCES helpdesk.users(org_id, id);

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_merged_into_id_fkey FOREIGN KEY (org_id, merged_into_id) REFERENCES helpdesk.tickets(org_id, id);

ALTER TABLE ONLY helpdesk.tickets
    ADD CONSTRAINT tickets_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);

ALTER TABLE ONLY helpdesk.users
    ADD CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id) REFERENCES helpdesk.organizations(id);
